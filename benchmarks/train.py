"""Training beside its peers: speed, memory, what is counted on the way. Prints a table.

The model has SmolLM2-135M's shape and random weights, 2 x 512 tokens a step, bf16 autocast; nothing is
downloaded. rewarm takes the step that a run takes. Every side is a process of its own and they take
turns, so that other work on the machine hits all alike; figures are medians over repeats, ratios are
medians of ratios inside a repeat. CPU-seconds decide, on one thread by default: on an idle machine
they are the time by the clock, on a busy one they stay what they are. The clock's ratio is shown too.

    make bench NAME=train            everything, about half an hour
    python benchmarks/train.py --only step,head --repeats 3
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from support import result_table
from support.smoke import SMOKE
from training import swift_side, turns
from training.turns import Side, median, ratio

HERE = Path(__file__).parent
PEERS = {"Trainer": "accelerate"}


def row(name: str, peer: str, value: float, bar: float | None = None, least: bool = True) -> result_table.Row:
    return result_table.row(name, value, bar, peer=peer, at_most=not least)


@dataclass
class Bench:
    """What every part needs. peers: of those that are no part of rewarm's environment, the installed ones;
    swift: the interpreter of ms-swift's environment, none leaves its sides out."""

    world: Path
    repeats: int
    steps: int
    threads: int
    peers: list[str]
    swift: str | None

    def run(self, names: list[str], turns_each: int | None = None, warmup: int = 1) -> dict[str, Side]:
        there = [name for name in names if name not in PEERS or name in self.peers]
        python = {name: self.swift if name in swift_side.SIDES else sys.executable for name in there}
        with turns.sides(
            {name: path for name, path in python.items() if path}, self.world, self.threads
        ) as s:
            turns.rounds(s, self.repeats, turns_each or self.steps, warmup)
        return {side.name: side for side in s}


def step(bench: Bench) -> list[result_table.Row]:
    """In two groups, each with rewarm and the matrix products: a side that waits holds 2 GB."""
    from training.world import TOKENS, flops_per_token

    bars = {"bare loop": 0.95, "Trainer": 1.0, "rewarm, full logits": 0.93, "ms-swift": 1.0}
    rows: list[result_table.Row] = []
    shares: list[float] = []
    peaks: list[float] = []
    print(f"\n{'a step':<24}{'tokens/CPU-s':>13}{'tokens/s':>10}{'peak MB':>10}")
    groups = [["bare loop", "Trainer"], ["rewarm, full logits", "ms-swift"]]
    for peers in [[*groups[0], *groups[1]]] if SMOKE else groups:
        found = bench.run(["rewarm", *peers, "matmul"], None, 1 if SMOKE else 3)
        rewarm, matmul = found["rewarm"], found.pop("matmul")
        for name, side in found.items():
            cpu, wall = TOKENS / median(side, "cpu"), TOKENS / median(side, "wall")
            print(f"{name:<24}{cpu:>13.1f}{wall:>10.1f}{median(side, 'peak_mb'):>10,.0f}", flush=True)
            if name == "rewarm":
                continue
            rows.append(row("step: speed, ratio", name, ratio(side, rewarm, "cpu"), bars[name]))
            rows.append(row("step: speed by the clock, ratio", name, ratio(side, rewarm, "wall")))
            rows.append(row("step: peak memory, ratio", name, ratio(rewarm, side, "peak_mb")))
        peak = [turn["gflop_per_second"] for turn in matmul.turns]
        rates = [flops_per_token() * TOKENS / 1e9 / turn["cpu"] for turn in rewarm.turns]
        shares += [rate / most for rate, most in zip(rates, peak, strict=True)]
        peaks += peak
    share = statistics.median(shares)
    return [
        *rows,
        row("step: GFLOP per CPU-second", "bf16 matmul", statistics.median(peaks)),
        row("step: share of the matmul peak", "bf16 matmul", share, 0.45),
    ]


def head(bench: Bench) -> list[result_table.Row]:
    found = bench.run(["head, full", "head, chunked", "head, chunked, 4 x tokens"], 3, 2)
    print(f"\n{'the loss head':<28}{'CPU-s':>8}{'extra MB':>10}")
    for name, side in found.items():
        print(f"{name:<28}{median(side, 'cpu'):>8.2f}{median(side, 'extra_mb'):>10,.0f}")
    full, chunked, more = found.values()
    # At a smoke size the head takes less than the process's own noise.
    memory = max(median(chunked, "extra_mb"), 1.0)
    return [
        row(
            "head: memory at 1,024 tokens, ratio",
            "full logits",
            memory / max(median(full, "extra_mb"), 1.0),
            0.55,
            False,
        ),
        row("head: memory at 4 x tokens, ratio", "itself", median(more, "extra_mb") / memory, 1.1, False),
        row("head: CPU-seconds, ratio", "full logits", ratio(chunked, full, "cpu")),
    ]


def channels(bench: Bench) -> list[result_table.Row]:
    names = ["channel sums", "rewarm, pairs", "ms-swift", "ms-swift, no channels"]
    found = bench.run(names, None, 2)
    alone, pairs = found["channel sums"], found["rewarm, pairs"]
    each = statistics.median(turn["cpu"] / turn["repeats"] for turn in alone.turns)
    share = each / median(pairs, "without")
    ratios = [turn["with"] / turn["without"] - 1 for turn in pairs.turns]
    rows = [
        row("channels: 64 leaves, 3 axes, microseconds", "alone", each * 1e6),
        row("channels: percent of the step", "alone", 100 * share, 0.1, False),
        row("channels: percent, paired steps", "without", 100 * statistics.median(ratios), 2, False),
    ]
    if "ms-swift" in found:
        cost = ratio(found["ms-swift"], found["ms-swift, no channels"], "cpu") - 1
        rows.append(row("channels: percent, ms-swift's, paired runs", "ms-swift without", 100 * cost))
    return rows


def data(bench: Bench) -> list[result_table.Row]:
    from training import data_sides
    from training.world import TOKENS

    data_sides.build(bench.world)
    names = list(data_sides.SIDES)
    # Two turns each: opening, then updates.
    opened: dict[str, list[float]] = {name: [] for name in names}
    spent: dict[str, list[float]] = {name: [] for name in names}
    with turns.sides({name: sys.executable for name in names}, bench.world, bench.threads) as found:
        for repeat in range((1 if SMOKE else 3) * bench.repeats + 1):
            for side in found if repeat % 2 else found[::-1]:
                first, second = side.go(), side.go()
                if repeat:
                    opened[side.name].append(first["cpu"] / first["updates"] / TOKENS)
                    spent[side.name].append(second["spent"] / second["updates"] / TOKENS)
    print(f"\n{'data path':<16}{'us a token':>12}{'opening, us a token':>22}")
    for name in names:
        print(f"{name:<16}{_us(spent[name]):>12.3f}{_us(opened[name]):>22.4f}")
    small, large = spent[names[0]], spent[names[-1]]
    pairs = [big / little for big, little in zip(large, small, strict=True)]
    rows = [
        row(
            "data: cost per token at 100k sequences, ratio",
            "1k sequences",
            statistics.median(pairs),
            1.05,
            False,
        ),
        row("data: milliseconds an update, 100k sequences", "no model", _us(large) * TOKENS / 1e3),
    ]
    return rows


def attention(bench: Bench) -> list[result_table.Row]:
    from training import attention_rows

    return attention_rows.rows(bench.world, bench.repeats, bench.threads)


PARTS: dict[str, Callable[[Bench], list[result_table.Row]]] = {
    "step": step, "head": head, "channels": channels, "data": data, "attention": attention,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS), help="parts, of: " + ", ".join(PARTS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2, help="steps of a side in a repeat")
    parser.add_argument("--threads", type=int, default=1, help="of each side; CPU-seconds want one")
    parser.add_argument(
        "--swift", default=str(HERE.parent / ".venv-bench-ms-swift"),
        help="ms-swift's environment, made when it is not there; empty leaves ms-swift out",
    )  # fmt: skip
    result_table.smoke_option(parser)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--world", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        _side(arguments.side, arguments.world)
        return
    if arguments.smoke:
        arguments.repeats, arguments.steps, arguments.swift = 1, 1, ""
        print("ms-swift: left out, --smoke makes no environment for it")
    chosen = arguments.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
    from training import world

    python = None
    if arguments.swift and {"step", "channels"} & set(chosen):
        python = swift_side.environment(Path(arguments.swift), HERE.parent / "constraints/cpu.txt")
    with tempfile.TemporaryDirectory() as folder:
        peers = result_table.installed(PEERS.items())
        bench = Bench(Path(folder), arguments.repeats, arguments.steps, arguments.threads, peers, python)
        world.build(bench.world, 64 if arguments.smoke else 512)
        print(_machine(arguments, python))
        rows = [row for part in chosen for row in PARTS[part](bench)]
    print()
    result_table.table("train", rows)


def _side(name: str, folder: Path) -> None:
    clock = turns.clock()
    if name in swift_side.SIDES:  # in an environment without rewarm
        swift_side.SIDES[name](folder, clock)
        return
    from training import attention_sides, channel_sides, data_sides, head_sides, step_sides

    found = {**step_sides.SIDES, **head_sides.SIDES, **channel_sides.SIDES, **data_sides.SIDES}
    found |= attention_sides.SIDES
    found[name](folder, clock)


def _machine(arguments: argparse.Namespace, swift: str | None) -> str:
    load = os.getloadavg()[0]
    packages = ["torch", "transformers", "accelerate"]
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, load {load:.1f}; {arguments.threads} thread a side; "
        f"{', '.join(f'{name} {_version(name)}' for name in packages)}; "
        f"{f'ms-swift in {Path(swift).parents[1].name}' if swift else 'without ms-swift'}; "
        f"{arguments.repeats} repeats of {arguments.steps} steps"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _us(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1e6


if __name__ == "__main__":
    main()
