"""Repeated passages: what `trim` finds and costs, beside hashing every position and a suffix array.

The corpus is real text (every corpus of `support/corpora.py`) in every third of whose documents a
passage of another is planted, 60 to 400 words or 120 to 800 characters, at any place. Beyond the real text,
documents of shuffled words with such passages follow until it is large enough. Same tokens, same length (50
words or 100 characters), same order of documents for both sides:

* every position: the hash of each shortest window that is long enough, sorted; what an earlier document
  has too is covered. Nothing that long can be missed, and it holds every position in memory.
* suffix array: pydivsufsort with Kasai's common prefixes over the same tokens' bytes, as exact-substring
  peers build it (those of text-dedup and datatrove call a Rust program); one slice, speed only, if installed.
* rewarm: winnowed grams, meetings, matches (`find`), and the whole step with documents written (`step`).

Each side is a process of its own on one core.
"""

import argparse
import json
import os
import platform
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from support import corpora, result_table

from rewarm.corpus.tables import documents
from rewarm.data.trim import step
from rewarm.data.trim.edit import matches_of_shard
from rewarm.data.trim.fingerprints import lengths
from rewarm.data.trim.pieces import pieces_of, places_of
from rewarm.data.trim.tables import INDEX, load
from rewarm.engine.work import Work
from rewarm.recipe import Trim

WORDS, CHARACTERS = 50, 100
SMOKE_SOURCES = ("statutes", "encyclopedia")
_SHARD = 5000
# Bytes for the suffix array.
_SLICE = 20_000_000
_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+|[\W_]+")


def build(folder: Path, megabytes: float, *, smoke: bool) -> Path:
    """Write the tables of `clean` and `dedupe`. What stands is used again."""
    if (folder / "bytes").exists():
        return folder
    rng = random.Random(11)
    names = SMOKE_SOURCES if smoke else corpora.NAMES
    base = [(name, text) for name in names for text in corpora.sample(name, megabytes)]
    rng.shuffle(base)
    for table in ("phrases/documents", "dedupe/keep"):
        (folder / table).mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    size = number = shard = 0
    while size < megabytes * 1e6:
        source, text = base[number % len(base)]
        if number >= len(base):
            # A second round would be copies of whole documents: only its words, in another order.
            pieces = _PIECE.findall(text)
            rng.shuffle(pieces)
            text = "".join(pieces)
        if number % 3 == 2:
            donor = rng.choice(base)[1]
            start = rng.randrange(max(1, len(donor) - 200))
            zh = sum("一" <= letter <= "鿿" for letter in donor[start : start + 100]) > 20
            passage = donor[start : start + rng.randint(*((120, 800) if zh else (400, 2700)))]
            at = rng.randrange(len(text) + 1)
            text = f"{text[:at]}\n{passage}\n{text[at:]}"
        rows.append({"id": f"{number:020x}", "text": text, "source": source, "origin": f"f:{number}",
                     "labels": [], "meta": "{}", "masks": []})  # fmt: skip
        number += 1
        size += len(text.encode())
        if len(rows) == _SHARD or size >= megabytes * 1e6:
            name = f"{shard:05}.parquet"
            table = pa.Table.from_pylist(rows, documents.SCHEMA)
            pq.write_table(table, folder / "phrases/documents" / name, compression="zstd")
            flags = {"keep": pa.array([True] * len(rows)), "heldout": pa.array([False] * len(rows))}
            pq.write_table(pa.table({"id": table["id"], **flags}), folder / "dedupe/keep" / name)
            rows, shard = [], shard + 1
    (folder / "bytes").write_text(str(size))
    return folder


def _work(corpus: Path, out: Path) -> Work:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    config = {"words": WORDS, "characters": CHARACTERS, "sentences": {"enabled": False}}
    plain = {"trim": Trim(**config).model_dump(mode="json"), "sources": []}
    return Work("trim", out, plain, tables={
        "documents": [corpus / "phrases/documents"], "keep": [corpus / "dedupe/keep"],
    })  # fmt: skip


def whole_step(corpus: Path, out: Path) -> None:
    step.run(_work(corpus, out))


def find(corpus: Path, out: Path) -> None:
    """Up to the matches; their tokens as `covered.npy`: bool [tokens of the corpus]."""
    work = _work(corpus, out)
    step.find(work)
    index = load(out / INDEX)
    config = work.config["trim"]
    limits = lengths(config["words"], config["characters"], config["sentences"])
    covered = np.zeros(int(index["starts"][-1]), np.bool_)
    for number in range(len(index["tokens"]) - 1):
        for row, found in matches_of_shard(out, number, index, limits).items():
            origin = index["starts"][index["offsets"][number] + row]
            for begin, end in zip(found.begin.tolist(), found.end.tolist(), strict=True):
                covered[origin + begin : origin + end] = True
    np.save(out / "covered.npy", covered)


def every_position(corpus: Path, out: Path) -> None:
    """The same by hashing each window; the tokens and their documents as the step has them."""
    out.mkdir(parents=True, exist_ok=True)
    tokens, document, ids = [], [], 0
    for shard in sorted((corpus / "phrases/documents").glob("*.parquet")):
        texts = pq.read_table(shard, columns=["text"])["text"].cast(pa.large_string()).combine_chunks()
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64)[: len(texts) + 1]
        pieces = pieces_of(np.frombuffer(data, np.uint8), bounds, np.ones(len(texts), bool))
        tokens.append(pieces.tokens)
        document.append(np.repeat(np.arange(ids, ids + len(texts), dtype=np.int32), pieces.counts))
        ids += len(texts)
    whole, owner = np.concatenate(tokens), np.concatenate(document)
    counts = np.bincount(owner, minlength=ids)
    # As the step: the longer document keeps, then the smaller id.
    rank = np.empty(ids, np.int64)
    rank[np.lexsort((np.arange(ids), -counts))] = np.arange(ids)
    hashes, ends = _windows(whole, owner, WORDS, CHARACTERS)
    order = np.argsort(hashes)
    covered = np.zeros(len(whole), np.bool_)
    _mark(hashes, order, ends, owner, rank, covered)
    np.save(out / "covered.npy", covered)


@numba.njit(cache=True)
def _windows(
    tokens: np.ndarray, owner: np.ndarray, words: int, characters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Of each position the hash and the end of the shortest window that is long enough; end 0 if none is."""
    whole = words * characters
    multiplier = np.uint64(0xD6E8FEB86659FD93)
    powers = np.ones(max(words, characters) + 2, np.uint64)
    for power in range(1, len(powers)):
        powers[power] = powers[power - 1] * multiplier
    hashes, ends = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.int64)
    value = np.uint64(0)
    size = end = 0
    for start in range(len(tokens)):
        if end < start or (start and owner[start] != owner[start - 1]):
            end, size, value = start, 0, np.uint64(0)
        while size < whole and end < len(tokens) and owner[end] == owner[start]:
            value = value * multiplier + np.uint64(tokens[end])
            size += words if tokens[end] & 1 else characters
            end += 1
        if size >= whole:
            mixed = value ^ (value >> np.uint64(32))
            hashes[start] = mixed * multiplier + np.uint64(end - start)
            ends[start] = end
        if end > start:
            value -= np.uint64(tokens[start]) * powers[end - start - 1]
            size -= words if tokens[start] & 1 else characters
    return hashes, ends


@numba.njit(cache=True)
def _mark(
    hashes: np.ndarray,
    order: np.ndarray,
    ends: np.ndarray,
    owner: np.ndarray,
    rank: np.ndarray,
    covered: np.ndarray,
) -> None:
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and hashes[order[end]] == hashes[order[begin]]:
            end += 1
        if end - begin > 1:
            best = rank[owner[order[begin]]]
            for place in range(begin, end):
                best = min(best, rank[owner[order[place]]])
            for place in range(begin, end):
                start = order[place]
                if ends[start] and rank[owner[start]] != best:
                    covered[start : ends[start]] = True
        begin = end


def suffix_array(corpus: Path, out: Path) -> None:
    import pydivsufsort

    parts: list[bytes] = []
    for shard in sorted((corpus / "phrases/documents").glob("*.parquet")):
        parts += [text.encode() for text in pq.read_table(shard, columns=["text"])["text"].to_pylist()]
        if sum(map(len, parts)) >= _SLICE:
            break
    data = np.frombuffer(b"\x00".join(parts)[:_SLICE], np.uint8).copy()
    pydivsufsort.kasai(data, pydivsufsort.divsufsort(data))


SIDES: dict[str, Callable[[Path, Path], None]] = {
    "rewarm find": find,
    "rewarm step": whole_step,
    "every position": every_position,
    "suffix array": suffix_array,
}


def _run(side: str, corpus: Path, out: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--side", side, "--corpus", str(corpus), "--out", str(out)]
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    found: dict[str, float] = json.loads(done.stdout.strip().split("\n")[-1])
    return found


def _bytes_of_tokens(corpus: Path) -> np.ndarray:
    """int64 [tokens]: how many bytes of text each takes."""
    parts = []
    for shard in sorted((corpus / "phrases/documents").glob("*.parquet")):
        for text in pq.read_table(shard, columns=["text"])["text"].to_pylist():
            ends = places_of(text.encode())[3]
            parts.append(np.diff(ends, prepend=0))
    return np.concatenate(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "rewarm-bench-trim")
    parser.add_argument("--side")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--out", type=Path)
    result_table.smoke_option(parser)
    given = parser.parse_args()
    if given.side:
        began = time.process_time()
        SIDES[given.side](given.corpus, given.out)
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"cpu": seconds, "peak": peak}))
        return
    if given.smoke:
        given.mb, given.repeats, given.work = 1, 1, given.work / "smoke"
    corpus = build(given.work / f"mb{given.mb:g}", given.mb, smoke=given.smoke)
    size = int((corpus / "bytes").read_text()) / 1e6
    sides = ["rewarm find", "rewarm step", "every position"]
    sides += result_table.installed([("suffix array", "pydivsufsort")])
    for side in sides[:3]:  # Compiles the kernels.
        _run(side, build(given.work / "warm", 1, smoke=given.smoke), given.work / "out")
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for repeat in range(given.repeats):
        for side in sides if repeat % 2 == 0 else reversed(sides):
            runs[side].append(_run(side, corpus, given.work / side.replace(" ", "-")))
    print(f"{platform.machine()}, one core, {size:.0f} MB, median of {given.repeats}")
    for side in sides:
        cpu = sorted(run["cpu"] for run in runs[side])[given.repeats // 2]
        mb = min(size, _SLICE / 1e6) if side == "suffix array" else size
        peak = max(run["peak"] for run in runs[side])
        print(f"{side:<18}{mb / cpu:>7.1f} MB/s   peak {peak:>6.0f} MB")
    width = _bytes_of_tokens(corpus)
    mine, all_of_it = (
        np.load(given.work / side / "covered.npy") for side in ("rewarm-find", "every-position")
    )
    share = width[mine & all_of_it].sum() / width[all_of_it].sum()
    more = width[mine & ~all_of_it].sum() / width[all_of_it].sum()
    rate = size / sorted(run["cpu"] for run in runs["rewarm find"])[given.repeats // 2]
    print(f"found by every position: {width[all_of_it].sum() / 1e6:.2f} MB of {size:.0f}")
    row = partial(result_table.row, peer="every position")
    rows = [
        row("MB/s/core", rate, 25.0),
        row("share of its bytes", float(share), 0.97),
        row("found beyond them, share", float(more)),
    ]
    result_table.table("trim", rows)


if __name__ == "__main__":
    main()
