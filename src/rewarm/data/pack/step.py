"""Packs each stage's documents into sequences and writes them in blocks.

Documents are packed a window at a time, so the order between windows stays. A block holds about
`block_tokens`, is never changed and is what data is appended and quarantined by. Windows are planned in
threads and blocks are written in processes, both on all cores; neither the number of threads nor that of
processes changes a byte.
"""

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids, token_table
from rewarm.data.pack import splitting, window
from rewarm.data.pack.block_file import write_block, write_plan
from rewarm.data.pack.window import Documents, Packed
from rewarm.data.pack.windows import windows
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, cores, reconcile

_PLANS = "_plans"
_TOKEN = 4  # bytes


@dataclass(frozen=True)
class _Stage:
    """A stage's plan, one entry a use of a document. rows: of the token table; documents: in training order;
    leaf: int32; band: of a curriculum."""

    name: str
    seq_len: int
    rows: np.ndarray
    documents: Documents
    leaf: np.ndarray
    band: np.ndarray


@dataclass
class _Sums:
    """What a stage's sequences hold. documents: uses with tokens; cut: of them, those in several sequences;
    short_cut: those although they fit into one; joined: tokens with another document in their context."""

    sequences: int = 0
    tokens: int = 0
    documents: int = 0
    cut: int = 0
    short_cut: int = 0
    joined: int = 0
    joined_segments: int = 0
    cuts: np.ndarray = field(default_factory=lambda: np.zeros(len(splitting.KINDS), dtype=np.int64))
    bands: dict[int, int] = field(default_factory=dict)


def run(work: Work) -> Counts:
    """plan, tokens, token_breaks → STAGE/NNNNN.arrow, manifest.json."""
    plans = work.folder / _PLANS
    plans.mkdir(exist_ok=True)
    table = token_table.Tokens(work.table("tokens"))
    breaks = np.load(work.table("token_breaks"))
    units: list[tuple[str, str, str, str]] = []
    sums: dict[str, _Sums] = {}
    for stage in (_read(work, one) for one in work.config["stages"]):
        total = int(stage.documents.tokens.sum())
        there = np.minimum(stage.documents.tokens, table.lengths(stage.rows))
        reconcile("pack", f"tokens of {stage.name}", total, {"in documents": int(there.sum())})
        (work.folder / stage.name).mkdir(exist_ok=True)
        sums[stage.name] = _Sums()
        for number, columns in enumerate(_planned(work, stage, table, breaks, sums[stage.name])):
            name = f"{stage.name}-{number:05}"
            write_plan(plans / f"{name}.npz", **columns)
            block = work.folder / stage.name / f"{number:05}.arrow"
            entry = plans / f"{name}.json"
            units.append((str(plans / f"{name}.npz"), str(work.table("tokens")), str(block), str(entry)))
        reconcile("pack", f"tokens of {stage.name}", total, {"in blocks": sums[stage.name].tokens})
    work.map(write_block, units, text=sum(one.tokens for one in sums.values()) * _TOKEN, needs_all=True)
    manifest = {
        stage["name"]: _entry(plans, stage["name"], int(stage["seq_len"]), sums[stage["name"]])
        for stage in work.config["stages"]
    }
    with writing(work.folder / "manifest.json") as aside:
        aside.write_text(json.dumps(manifest, indent=1))
    counts: Counts = {"sequences": 0, "tokens": 0}
    for name, found in manifest.items():
        for what in ("sequences", "tokens"):
            counts[f"{name}.{what}"] = found[what]
            counts[what] += found[what]
        for what in ("cut", "short_cut", "joined_tokens", "padding_tokens"):
            counts[f"{name}.{what}"] = found[what]
    return counts


def _read(work: Work, stage: dict[str, Any]) -> _Stage:
    plan = pq.read_table(work.table("plan") / f"{stage['name']}.parquet")
    identities = ids.of_digits(plan["id"])
    documents = Documents(
        identities, plan["tokens"].to_numpy(), plan["group"].to_numpy(), plan["path"].to_numpy()
    )
    return _Stage(
        stage["name"],
        int(stage["seq_len"]),
        token_table.rows_of(work.table("tokens"), identities),
        documents,
        plan["leaf"].to_numpy().astype(np.int32),
        plan["band"].to_numpy(),
    )


def _planned(
    work: Work, stage: _Stage, table: token_table.Tokens, breaks: np.ndarray, sums: _Sums
) -> Iterator[dict[str, np.ndarray]]:
    """The plan of each block: its columns, as `block_file.write_plan` takes them. Adds to `sums`."""
    limit = int(work.config["pack"]["block_tokens"])
    pending: list[dict[str, np.ndarray]] = []
    held = 0
    for start, packed in _packed(work, stage, table, breaks):
        _count(stage, start, packed, sums)
        columns = _columns(stage, start, packed)
        ends = np.cumsum(packed.sizes)
        filled = np.cumsum(packed.length)[ends - 1] if len(ends) else ends
        first = 0
        while first < len(ends):
            before = int(filled[first - 1]) if first else 0
            stop = int(np.searchsorted(filled, limit - held + before)) + 1
            part = _sliced(columns, ends, first, min(stop, len(ends)))
            pending.append(part)
            held += int(part["length"].sum())
            first = stop
            if held >= limit:
                yield _joined(pending)
                pending, held = [], 0
    if pending:
        yield _joined(pending)


def _packed(
    work: Work, stage: _Stage, table: token_table.Tokens, breaks: np.ndarray
) -> Iterator[tuple[int, Packed]]:
    """First document and sequences of each window, in order; planned in threads a few windows ahead."""
    settings, seed = work.config["pack"], int(work.config["seed"])
    own = stage.documents

    def cut(first: int, document: int, slack: int) -> tuple[np.ndarray, np.ndarray]:
        tokens = table[int(stage.rows[first + document])][: own.tokens[first + document]]
        return splitting.cuts(tokens, breaks, stage.seq_len, slack)

    def one(start: int, stop: int) -> tuple[int, Packed]:
        part = slice(start, stop)
        inside = Documents(own.ids[part], own.tokens[part], own.group[part], own.path[part])
        cutter = partial(cut, start) if settings["split"] == "boundary" else None
        return start, window.pack(
            inside, stage.seq_len, seed, settings["method"], settings["max_padding"], cutter
        )

    total = int(own.tokens.sum())
    with (
        ThreadPoolExecutor(cores()) as threads,
        progress("pack", total=total, unit="tok", scale=True) as bar,
    ):
        begun: deque[Future[tuple[int, Packed]]] = deque()
        for start, stop in windows(stage.band, own.group, int(settings["window"])):
            begun.append(threads.submit(one, start, stop))
            if len(begun) > 2 * cores():
                done = begun.popleft().result()
                bar.update(int(done[1].length.sum()))
                yield done
        while begun:
            done = begun.popleft().result()
            bar.update(int(done[1].length.sum()))
            yield done


def _count(stage: _Stage, start: int, packed: Packed, sums: _Sums) -> None:
    parts = np.bincount(packed.document)
    cut = np.flatnonzero(parts > 1)
    sums.sequences += len(packed.sizes)
    sums.tokens += int(packed.length.sum())
    sums.documents += int((parts > 0).sum())
    sums.cut += len(cut)
    sums.short_cut += int((stage.documents.tokens[start + cut] <= stage.seq_len).sum())
    sums.joined += int(packed.length[packed.joined].sum())
    sums.joined_segments += int(packed.joined.sum())
    sums.cuts += packed.cut
    if len(packed.sizes):
        band = int(stage.band[start])
        sums.bands[band] = sums.bands.get(band, 0) + len(packed.sizes)


def _columns(stage: _Stage, start: int, packed: Packed) -> dict[str, np.ndarray]:
    """One entry a segment."""
    at = start + packed.document
    return {
        "row": stage.rows[at],
        "id": stage.documents.ids[at],
        "leaf": stage.leaf[at],
        "start": packed.start,
        "length": packed.length.astype(np.int32),
        "joined": packed.joined.astype(np.uint8),
        "last": packed.last.astype(np.uint8),
        "sizes": packed.sizes,
    }


def _sliced(columns: dict[str, np.ndarray], ends: np.ndarray, first: int, stop: int) -> dict[str, np.ndarray]:
    """Those of sequences `first` to `stop`. ends: int64, segments up to each sequence's last."""
    inside = slice(int(ends[first - 1]) if first else 0, int(ends[stop - 1]))
    part = {name: column[inside] for name, column in columns.items() if name != "sizes"}
    return {**part, "sizes": columns["sizes"][first:stop]}


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _entry(plans: Path, stage: str, seq_len: int, sums: _Sums) -> dict[str, Any]:
    """A stage's entry of the manifest."""
    blocks = [json.loads(path.read_text()) for path in sorted(plans.glob(f"{stage}-?????.json"))]
    slots = sums.sequences * seq_len
    return {
        "sequences": sums.sequences,
        "tokens": sums.tokens,
        "seq_len": seq_len,
        "fill": sums.tokens / slots if slots else 0.0,
        "padding_tokens": slots - sums.tokens,
        "documents": sums.documents,
        "cut": sums.cut,
        "short_cut": sums.short_cut,
        "cuts": dict(zip(splitting.KINDS, sums.cuts.tolist(), strict=True)),
        "joined_tokens": sums.joined,
        "joined_segments": sums.joined_segments,
        "bands": [sums.bands[band] for band in sorted(sums.bands)],
        "blocks": blocks,
    }
