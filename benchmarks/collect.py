"""Collecting one large JSON lines file, and many small files: speed, memory, kill and resume.

Large: a file of 5 GB (`--gb`) is generated from the texts of `support/corpora.py` and collected on all
cores. Then again in another folder, killed by SIGKILL in the middle and started once more: no shard that was
finished is written again, and every file is equal, byte for byte, to the one of the run that was not
killed. Peers read a slice on one core and write a table of it; so does rewarm, for the ratio of MB per
CPU-second. Small: 100,000 text files (`--files`) of at most 1,500 characters.

Cores are CPU-seconds by seconds, the start of the interpreter and of workers included; seconds in which a
thread was ready and other programs held the cores count, since the machine may be shared. Memory is the
largest sum of proportional memory over all processes.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from collecting import inputs, processes, sides
from support import result_table

_GB, _FILES, _SLICE_MB = 5.0, 100_000, 200
_PEAK_MB = 2048
_PEAK = "peak memory of all processes, MB"


def large(given: argparse.Namespace) -> list[result_table.Row]:
    """The large file, whole and killed."""
    path = inputs.large_file(given.work / f"large-{given.gb:g}.jsonl", given.gb * 1e9)
    size = path.stat().st_size / 1e6
    whole, resumed = given.work / "whole", given.work / "resumed"
    seen = processes.run(_command("collect", path, whole))
    units = len(list((whole / "_units").iterdir()))
    print(f"{size:,.0f} MB, {seen.told['documents']:,} documents, {units} units, {os.cpu_count()} cores: "
          f"{seen.seconds:.0f} s, {seen.cpu:.0f} CPU-s")  # fmt: skip
    processes.killed(_command("collect", path, resumed), lambda: len(_finished(resumed)) >= units / 2)
    before = {name: _written(resumed / "documents" / name) for name in _finished(resumed)}
    again = processes.run(_command("collect", path, resumed))
    rewritten = sum(_written(resumed / "documents" / name) != when for name, when in before.items())
    print(f"killed after {len(before)} of {units} shards; the second start took {again.cpu:.0f} CPU-s")
    peak, differ = seen.peak / 2**20, len(_differ(whole, resumed))
    rows = [
        result_table.row("large file, MB/s", size / seen.seconds),
        result_table.row("large file, MB per CPU-second", size / seen.cpu),
        result_table.row("large file, cores used or waited for", seen.cores),
        result_table.row(f"large file, {_PEAK}", peak, _PEAK_MB, at_most=True),
        result_table.row("resumed: finished shards written again", rewritten, 0, at_most=True, judged=True),
        result_table.row("resumed: files that differ", differ, 0, at_most=True, judged=True),
    ]
    return rows + beside_peers(given)


def beside_peers(given: argparse.Namespace) -> list[result_table.Row]:
    """MB per CPU-second on a slice, one core, and how many times the peer's rewarm's is."""
    path = inputs.large_file(given.work / f"slice-{given.slice:g}.jsonl", given.slice * 1e6)
    size = path.stat().st_size / 1e6
    names = ["collect", *result_table.installed([("datatrove", "datatrove"), ("datasets", "datasets")])]
    speed: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(given.repeats):
        for name in names:
            seen = processes.run(_command(name, path, given.work / f"{name}-{repeat}", core=True))
            speed[name].append(size / seen.cpu)
    medians = {name: sorted(found)[len(found) // 2] for name, found in speed.items()}
    rows = [result_table.row("slice on one core, MB per CPU-second", medians.pop("collect"))]
    for name, value in medians.items():
        rows.append(result_table.row("slice on one core, MB per CPU-second", value, peer=name))
        rows.append(
            result_table.row("times the peer's MB per CPU-second", rows[0]["value"] / value, peer=name)
        )
    return rows


def small(given: argparse.Namespace) -> list[result_table.Row]:
    """Many small files."""
    folder = inputs.small_files(given.work / f"small-{given.files}", given.files)
    seen = processes.run(_command("collect", folder, given.work / "many"))
    if seen.told["documents"] != given.files:
        raise SystemExit(f"{seen.told}, of {given.files} files")
    return [
        result_table.row("small files, files/s", given.files / seen.seconds),
        result_table.row("small files, files per CPU-second", given.files / seen.cpu),
        result_table.row("small files, cores used or waited for", seen.cores),
        result_table.row(f"small files, {_PEAK}", seen.peak / 2**20, _PEAK_MB, at_most=True),
    ]


def _command(side: str, source: Path, out: Path, *, core: bool = False) -> list[str]:
    named = ["--side", side, "--source", str(source), "--out", str(out)]
    return [__file__, *named, *(["--one-core"] if core else [])]


def _finished(folder: Path) -> list[str]:
    """Names of the shards whose unit is noted as done."""
    notes = folder / "_units"
    return sorted(f"{path.stem}.parquet" for path in notes.glob("*.json")) if notes.exists() else []


def _written(path: Path) -> tuple[int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns


def _differ(one: Path, other: Path) -> list[str]:
    """Tables' files that are not the same in both folders."""
    found = [_sums(folder) for folder in (one, other)]
    return sorted(name for name in {**found[0], **found[1]} if found[0].get(name) != found[1].get(name))


def _sums(folder: Path) -> dict[str, str]:
    sums = {}
    for path in sorted(folder.rglob("*.parquet")):
        with path.open("rb") as stream:
            sums[path.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gb", type=float, default=_GB, help="size of the large file")
    parser.add_argument("--files", type=int, default=_FILES, help="how many small files")
    parser.add_argument("--slice", type=float, default=_SLICE_MB, help="MB for the peers")
    parser.add_argument("--repeats", type=int, default=3, help="of the slice")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "rewarm-bench-collect")
    parser.add_argument("--side", choices=sides.SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one-core", action="store_true", help=argparse.SUPPRESS)
    result_table.smoke_option(parser)
    given = parser.parse_args()
    if given.side:
        if given.one_core:
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        told = sides.SIDES[given.side](given.source, given.out)
        print(json.dumps({**told, "cpu": sides.cpu_seconds()}))
        return
    if given.smoke:
        given.gb, given.files, given.slice, given.repeats = 0.13, 500, 2, 1
        given.work = given.work / "smoke"
    outputs = ("whole", "resumed", "many", *(f"{side}-*" for side in sides.SIDES))
    for pattern in outputs:
        for stale in given.work.glob(pattern):
            shutil.rmtree(stale)
    result_table.table("collect", large(given) + small(given))


if __name__ == "__main__":
    main()
