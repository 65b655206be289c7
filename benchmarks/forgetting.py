"""Domain gain against forgetting: defaults, naive training, fixed 1:1 replay, and merging with the base.

An instruct base improves on any plain text, which would hide what is forgotten. So the base is first trained
on separate plain text until its general loss is flat, and this model is the base of everything here. Each
domain (Chinese statutes, English cloud API descriptions, English medicine) is then trained with the same
number of domain tokens and one schedule: without replay (naive), with a quarter of all tokens replayed (the
default of `rewarm init`), with a half (even), and without replay at three times the rate (fast). Results of
naive, default and fast are merged back with the base.

Replay is English manuals, English country profiles and Chinese prose. Code, mathematics, Chinese encyclopedia
and Chinese dialogues are never replayed; the worst channel counts. Gain is a share of the naive training's
gain, pooled over domains and seeds, with a paired interval over held-out documents.

    python benchmarks/forgetting.py                      # one seed, SmolLM2-135M
    python benchmarks/forgetting.py --full               # three seeds, more tokens and documents
    python benchmarks/forgetting.py --small --seeds 0 1 2   # a small model that is first trained here

What is done is kept in --work; a stopped benchmark resumes. Without the shared folder of corpora, domains and
channels that no package has are left out.
"""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

from retaining import comparison, trainings, world
from retaining.comparison import Cell
from support import result_table
from support.smoke import SMOKE, work_folder
from support.smollm2 import MODEL

from rewarm.merge import front_plot
from rewarm.merge.front import Front, Measured

PROJECT = Path(__file__).parent.parent
# Share of the naive gain, its lower bound, and bits per byte of replayed and of never-replayed channels.
GAIN, LEAST_GAIN, REPLAYED, NEVER = 0.97, 0.94, 0.0, 0.005
# A small model learns at a higher rate than the table for its size gives.
SMALL_RATE = 2e-3
SMALL_MODEL = {"width": 96, "layers": 3, "vocabulary": 2048}
TINY_MODEL = {"width": 32, "layers": 1, "vocabulary": 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+")
    parser.add_argument("--domains", nargs="+", default=list(world.DOMAINS))
    parser.add_argument("--full", action="store_true", help="three seeds, 61k domain tokens, 48 documents")
    parser.add_argument(
        "--small", action="store_true", help="a Llama of 0.5 million weights instead of SmolLM2"
    )
    parser.add_argument("--tokens", type=int, help="domain tokens of every training")
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/forgetting-bench", help="kept; resumes")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    size = world.TINY if SMOKE else world.FULL if arguments.full else world.Size()
    work = work_folder(arguments.work)
    print(f"work in {work}", flush=True)
    world.write_texts(work / "texts")
    model, rate = MODEL, None
    if SMOKE or arguments.small:
        size = size if SMOKE else world.SMALL
        model, rate = str(work / "small"), SMALL_RATE
        shape = TINY_MODEL if SMOKE else SMALL_MODEL
        world.write_small_model(work / "small", work / "texts", **shape)
    if arguments.tokens:
        size = replace(size, domain_tokens=arguments.tokens)
    model = trainings.flat_base(work, work / "texts", model, size, rate)
    domains = world.available(arguments.domains)[: 1 if SMOKE else None]
    cells = []
    for seed in arguments.seeds or ([0, 1, 2] if arguments.full else [0]):
        for domain in domains:
            recipe = world.domain_recipe(work / "texts", model, size, domain, rate, seed)
            run = trainings.train(work / f"seed-{seed}", recipe).root
            cells.append(comparison.cell(run, f"{domain} {seed}", merges=True))
            show(cells[-1:], f"{domain}, seed {seed}")
    found, front = comparison.compare(cells)
    show(cells, "all")
    (work / "front.svg").write_text(front_plot.svg(front), encoding="utf-8")
    print(front.verdict)
    result_table.table("forgetting", judge(found, front))


def show(cells: list[Cell], what: str) -> None:
    """Gain and forgetting of each training and merge."""
    for (variant, weight), one in comparison.compare(cells)[0].items():
        name = variant if weight == 1 else f"{variant} × {weight:g}"
        changes = "   ".join(f"{channel} {change.value:+.4f}" for channel, change in one.channels.items())
        print(
            f"{what:<22}{name:<14}gain {one.gain.value:.4f} ({one.ratio.value:.1%})   {changes}", flush=True
        )


def judge(found: dict[tuple[str, float], Measured], front: Front) -> list[result_table.Row]:
    """Bars for the defaults; the others are reported beside them."""
    rows = []
    low = partial(result_table.row, at_most=True)
    default = found["default", 1.0]
    rows.append(result_table.row("default, share of the naive gain", default.ratio.value, GAIN, peer="naive"))
    rows.append(result_table.row("default, its lower bound", default.ratio.low, LEAST_GAIN, peer="naive"))
    for kind, names, bar in (("replayed", world.REPLAY, REPLAYED), ("never replayed", world.NEVER, NEVER)):
        for (variant, weight), one in found.items():
            worst = max(
                change.value for name, change in one.channels.items() if name in world.available(names)
            )
            label = variant if weight == 1 else f"{variant} merged at {weight:g}"
            barred = bar if variant == "default" else None
            rows.append(low(f"{label}, worst {kind} channel", worst, barred, peer="base"))
    for (variant, weight), one in found.items():
        if variant != "default":
            label = variant if weight == 1 else f"{variant} merged at {weight:g}"
            rows.append(result_table.row(f"{label}, share of the naive gain", one.ratio.value, peer="naive"))
    chosen = front.reporting[front.chosen]
    name = f"chosen on the other half: {chosen.point.name}"
    rows.append(result_table.row(f"{name}, share of the naive gain", chosen.ratio.value, peer="naive"))
    rows.append(low(f"{name}, worst channel", chosen.forgetting.value, peer="base"))
    return rows


if __name__ == "__main__":
    main()
