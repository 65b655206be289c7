"""Near-duplicate removal beside its peers: same documents, 14 x 8, 5-grams; Parquet in, kept Parquet out.

Each side is a process of its own on two cores; processor seconds and the largest resident set are
those of the process and what it started. Sides take turns. rewarm does its whole step `dedupe` (exact,
held-out copies, boilerplate, signatures, verification, ledger) and writes what is kept. Peers that
need minutes for a few megabytes run on a smaller slice, built the same way, and are compared by
processor seconds per megabyte; rewarm's rate is that of the large corpus. Their quality is taken on
their slice. Daft has no step of its own: its minhash expression, bands and a join, as its guide does,
and Chinese spaced by a regular expression. rensa is no program but a signature; it is listed as a bound.

The texts are those of `support/corpora.py`; see `deduplication/planted_copies.py` for the truth.
"""

import argparse
import ctypes
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
from deduplication import planted_copies, sides
from support import result_table

BARS = {"datatrove": 40.0, "text-dedup": 12.0, "daft": 2.5}
PEERS = {"daft": "daft", "text-dedup": "text_dedup", "datatrove": "datatrove", "rensa": "rensa"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=500)
    parser.add_argument("--slice", type=float, default=20, help="MB for datatrove, text-dedup and rensa")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--most", type=int, default=1_000_000, help="documents of the largest linear run")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "rewarm-bench-dedupe")
    parser.add_argument("--side")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--out", type=Path)
    result_table.smoke_option(parser)
    given = parser.parse_args()
    if given.side:
        if given.side == "quality":
            print(json.dumps(_quality(given.corpus, given.out)))
        else:
            sides.SIDES[given.side](given.corpus, given.out)
        return
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
    asked = [peer for peer in given.peers.split(",") if peer]
    peers = result_table.installed((peer, PEERS[peer]) for peer in asked)
    if given.smoke:
        given.mb = given.slice = 1
        given.repeats, given.most = 1, 0
        given.work = given.work / "smoke"
    large = planted_copies.build(given.work / f"mb{given.mb:g}", given.mb)
    small = planted_copies.build(given.work / f"mb{given.slice:g}", given.slice)
    warm = planted_copies.build(given.work / "warm", 1)
    _run("rewarm", warm, given.work)  # Compiles the kernels, once a machine.
    compared = ["rewarm", *peers]
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in compared}
    for repeat in range(given.repeats):
        for side in compared if repeat % 2 == 0 else reversed(compared):
            # The slow ones once or twice: they differ by factors, not by shares.
            if side in ("datatrove", "text-dedup") and repeat > 1:
                continue
            corpus = large if side in ("rewarm", "daft") else small
            runs[side].append(_run(side, corpus, given.work))
            print(f"  {side:<11}" + "  ".join(f"{k} {v:.3g}" for k, v in runs[side][-1].items()), flush=True)
    rows = _rows(runs)
    both = [side for side in ("rewarm", "datatrove") if side in compared]
    rows += _templated(both, given.work, mb=0.5 if given.smoke else None)
    rows += _linear(given.most, given.work)
    print(
        f"{os.cpu_count()} cores, {platform.machine()}; {given.mb:g} MB, slow peers {given.slice:g} MB; "
        + ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "pyarrow"))
    )
    result_table.table("dedupe", rows)


def _run(side: str, corpus: Path, work: Path) -> dict[str, float]:
    """One run of a side: MB of text, CPU and wall seconds, peak MB, and its quality."""
    out = work / f"out-{side}"
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--side",
        side,
        "--corpus",
        str(corpus),
        "--out",
        str(out),
    ]
    began = time.monotonic()
    # Two cores for every side, whatever it starts.
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2]),
    )
    said = process.stderr.read().decode(errors="replace") if process.stderr else ""
    cpu, peak, failed = 0.0, 0.0, False
    while True:
        # Also what a side's fork server leaves behind: orphans come to this process.
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
        failed |= pid == process.pid and status != 0
    if failed:
        raise SystemExit(f"{side} failed:\n{said[-3000:]}")
    wall = time.monotonic() - began
    size = int((corpus / "bytes").read_text()) / 1e6
    found = {"MB": size, "cpu": cpu, "wall": wall, "peak": peak}
    found["MB/cpu-s"], found["MB/s"] = size / cpu, size / found["wall"]
    if (out / "kept").exists() and (corpus / "truth.parquet").exists():
        # Elsewhere, since a process counts the size that its parent had when it was started.
        command[command.index(side)] = "quality"
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found |= json.loads(done.stdout.strip().split("\n")[-1])
    return found


def _kept(out: Path) -> set[str]:
    kept: set[str] = set()
    for path in (out / "kept").rglob("*.parquet"):
        kept |= set(pq.read_table(path, columns=["id"])["id"].to_pylist())
    return kept


def _quality(corpus: Path, out: Path) -> dict[str, float]:
    """Recall of planted pairs by language; precision: those dropped that truly resemble a kept one."""
    kept = _kept(out)
    truth = pq.read_table(corpus / "truth.parquet").to_pylist()
    found: dict[str, float] = {}
    for language in ("en", "zh"):
        for name, pairs in (
            ("", [row for row in truth if row["language"] == language and row["jaccard"] >= 0.8]),
            (" 1%", [row for row in truth if row["language"] == language and row["share"] == 0.01]),
        ):
            missed = sum(row["original"] in kept and row["copy"] in kept for row in pairs)
            found[f"recall {language}{name}"] = 1 - missed / max(1, len(pairs))
    texts = sides.texts(corpus)
    families: dict[str, set[str]] = {}
    for row in truth:
        family = families.setdefault(row["original"], {row["original"]})
        family.add(row["copy"])
        families[row["copy"]] = family
    dropped = sorted((set(texts) - kept) & families.keys())
    rightly = 0
    for one in dropped[:: max(1, len(dropped) // 2000)]:
        mine = planted_copies.grams(texts[one])
        others = [planted_copies.grams(texts[other]) for other in families[one] if other in kept]
        rightly += any(planted_copies.jaccard(mine, other) >= 0.8 for other in others)
    found["precision"] = rightly / max(1, len(dropped[:: max(1, len(dropped) // 2000)]))
    return found


def _rows(runs: dict[str, list[dict[str, float]]]) -> list[result_table.Row]:
    def median(side: str, what: str) -> float:
        return statistics.median(run[what] for run in runs[side])

    row = result_table.row
    rows = []
    for peer in (side for side in runs if side != "rewarm"):
        ratio = median("rewarm", "MB/cpu-s") / median(peer, "MB/cpu-s")
        rows.append(row("MB per CPU-second, ratio", ratio, BARS.get(peer), peer=peer))
        qualities = [what for what in runs[peer][0] if what.startswith(("recall", "precision"))]
        rows += [row(what, median(peer, what), peer=peer) for what in qualities]
    for what, bar in (
        ("MB/s", 70),
        ("recall en", 0.98),
        ("recall zh", 0.98),
        ("recall zh 1%", 0.95),
        ("precision", 0.95),
    ):
        rows.append(row(what, median("rewarm", what), bar))
    size = median("rewarm", "peak") / median("rewarm", "MB")
    rows.append(row("peak memory by size of text", size, 3, at_most=True))
    rows.append(row("MB per CPU-second", median("rewarm", "MB/cpu-s")))
    return rows


def _templated(compared: list[str], work: Path, mb: float | None) -> list[result_table.Row]:
    """Documents dropped where entries share a template; rewarm's pairs go to a file, to be read."""
    corpus = planted_copies.templated(work / "templated", mb)
    texts = sides.texts(corpus)
    rows = []
    for side in compared:
        _run(side, corpus, work)
        dropped = len(texts) - len(_kept(work / f"out-{side}"))
        rows.append(result_table.row(f"dropped of {len(texts):,} templated documents", dropped, peer=side))
    found = []
    for path in sorted((work / "out-rewarm/step/ledger").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if row["reason"] == "near_duplicate":
                shown = (texts[row[key]][:600] for key in ("id", "match"))
                found.append(f"===== {row['source']} {row['score']:.3f}\n" + "\n-----\n".join(shown))
    target = Path(__file__).parent / "results/dedupe-pairs.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(found[:500]))
    name = "near-duplicates among them, see dedupe-pairs"
    return [*rows, result_table.row(name, len(found), peer="rewarm")]


def _linear(most: int, work: Path) -> list[result_table.Row]:
    """CPU per document at 10k, 100k, 1M short documents, less the cost of starting."""
    costs = {}
    if most < 100_000:
        return []
    start = _run("rewarm", planted_copies.build(work / "n100", 0, 400, 100), work)["cpu"]
    for documents in (10_000, 100_000, 1_000_000):
        if documents <= most:
            corpus = planted_copies.build(work / f"n{documents}", 0, 400, documents)
            run = _run("rewarm", corpus, work)
            costs[documents] = (run["cpu"] - start) / documents
            told = "  ".join(f"{what} {run[what]:.3g}" for what in ("MB", "cpu", "wall", "peak"))
            print(f"  {documents:>9,} documents  {told}", flush=True)
    if len(costs) < 2:
        return []
    growth = costs[max(costs)] / costs[100_000]
    name = f"CPU per document, {max(costs):,} / 100,000"
    return [result_table.row(name, growth, 1.3, at_most=True)]


if __name__ == "__main__":
    main()
