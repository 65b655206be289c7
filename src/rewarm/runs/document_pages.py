"""From tokens that a training used back to the pages of the file that they came from.

`collect` notes where each page stands in the text that it read. Later steps change texts: lines go, names
become surrogates. So a place is found in three steps: tokens → bytes of the last text, exactly, by the bytes
of every token; that place's words → the text that `collect` read, by the nearest equal passage; that place →
pages. Where a passage was changed altogether, or `collect`'s documents were deleted, its share of the text
stands in: then the page may be off by one.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.runs.step_tables import StepFolder, chosen

_PASSAGE = 40
_TRIES = 8

Places = dict[str, list[tuple[int, int]]]
"""Document id → parts that were used: first token, number of tokens."""


def pages(steps: Mapping[str, StepFolder], places: Places) -> dict[tuple[str, int], str]:
    """(id, first token) → pages, as in `12` or `12–14`; documents without pages are left out."""
    noted = _noted(steps, list(places))
    if not noted:
        return {}
    last = next((step for step in reversed(list(steps.values())) if (step.path / "documents").is_dir()), None)
    tokenized = steps.get("tokenize")
    if last is None or tokenized is None:
        return {}
    texts, originals = _texts(last, list(noted)), _texts(steps["collect"], list(noted))
    sizes = np.load(tokenized.path / "token_bytes.npy")
    found = {}
    for identity, tokens in _tokens(tokenized, set(noted)).items():
        ends = np.concatenate([[0], np.cumsum(sizes[tokens], dtype=np.int64)])
        text = texts.get(identity, "")
        data = text.encode()
        for first, number in places[identity]:
            start, end = (
                len(data[: int(ends[min(at, len(ends) - 1)])].decode("utf-8", "ignore"))
                for at in (first, first + number)
            )
            pages_from, pages_to = _span(noted[identity], text, originals.get(identity), start, end)
            found[identity, first] = str(pages_from) if pages_from == pages_to else f"{pages_from}–{pages_to}"
    return found


def _noted(steps: Mapping[str, StepFolder], ids: list[str]) -> dict[str, list[tuple[int, int, int]]]:
    """Document id → pages: start, end, number."""
    folder = steps["collect"].path / "pages" if "collect" in steps else None
    found: dict[str, list[tuple[int, int, int]]] = {}
    for shard in documents.shards(folder) if folder is not None and folder.is_dir() else []:
        rows = pq.read_table(shard, columns=["id", "page", "start", "end"], filters=[("id", "in", ids)])
        for row in rows.to_pylist():
            found.setdefault(row["id"], []).append((row["start"], row["end"], row["page"]))
    return found


def _texts(step: StepFolder, ids: list[str]) -> dict[str, str]:
    if not (step.path / "documents").is_dir():
        return {}
    wanted = pa.array(ids, pa.string())
    tables = chosen(step, lambda seen: pc.is_in(seen, wanted), ["text"])
    return {row["id"]: row["text"] for rows in tables for row in rows.to_pylist()}


def _tokens(step: StepFolder, ids: set[str]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for shard in documents.shards(step.path / "tokens", ".arrow"):
        with pa.memory_map(str(shard)) as source:
            table = pa.ipc.open_file(source).read_all()
            for at, identity in enumerate(table["id"].to_pylist()):
                if identity in ids:
                    found[identity] = table["tokens"][at].values.to_numpy().copy()
    return found


def _span(
    noted: list[tuple[int, int, int]], text: str, original: str | None, start: int, end: int
) -> tuple[int, int]:
    whole = max(page[1] for page in noted) if original is None else len(original)
    first = _located(text, original, start, end, whole)
    last = max(first, _located(text, original, max(start, end - _PASSAGE), end, whole))
    hit = [number for begin, stop, number in noted if begin <= last and stop > first]
    near = min(noted, key=lambda page: abs(page[0] - first))[2]
    return (min(hit), max(hit)) if hit else (near, near)


def _located(text: str, original: str | None, at: int, end: int, whole: int) -> int:
    """Where a place of the last text stands in the text that was read: by a passage in it, or one before."""
    expected = int(at / max(1, len(text)) * whole)
    within = range(0, min(_TRIES * _PASSAGE, max(1, end - at)), _PASSAGE)
    before = range(-_PASSAGE, -_TRIES * _PASSAGE, -_PASSAGE)
    shifts: list[int] = [*within, *before] if original else []
    for size in (_PASSAGE, _PASSAGE // 2):
        for shift in shifts:
            start = at + shift
            passage = text[max(0, start) : start + size]
            if start < 0 or len(passage.strip()) < size // 2:
                continue
            near = _nearest(original or "", passage, expected + shift)
            if near is not None:
                return max(0, near - shift)
    return expected


def _nearest(text: str, passage: str, expected: int) -> int | None:
    after = text.find(passage, max(0, expected))
    before = text.rfind(passage, 0, expected + len(passage))
    hits = [hit for hit in (before, after) if hit >= 0]
    return min(hits, key=lambda hit: abs(hit - expected)) if hits else None
