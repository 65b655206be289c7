"""The front of gain and forgetting over learning rate, replay and merging with the base, three seeds.

A small Llama is trained on English manuals, country profiles and Python code, then on Chinese statutes: at a
careful and at a fast rate, without replay and with a quarter of all tokens replayed, always with the same
number of domain tokens. Every result is merged back with the base at three weights. Manuals and profiles are
replayed, code never. `rewarm merge front` does the rest: half of the held-out documents choose the point, the
other half reports it. Also checked: weight 0 and 1 give base and result bit for bit, and what a merge costs.
"""

import argparse
import hashlib
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import torch
from merging import small_runs
from support import result_table
from support.smoke import SMOKE, work_folder

from rewarm.merge import front_command, front_scores
from rewarm.merge.combination import combine

PROJECT = Path(__file__).parent.parent
DOMAIN, REPLAYED, NEVER = "statutes", ("manuals", "countries"), ("code",)
RATES = {"careful": 1e-3, "fast": 4e-3}
SHARES = (0.0, 0.25)
WEIGHTS = [0.0, 0.25, 0.5, 0.75, 1.0]
# Forgetting that is accepted, bits per byte; the table is of the last one.
TOLERANCES = (0.005, 0.02, 0.1, 0.05)
HELD_OUT, PASSAGES = (6, 40) if SMOKE else (24, 400)
BASE_TOKENS, TOKENS = (4_096, 2_048) if SMOKE else (300_000, 24_576)
SHAPE = (
    {"width": 32, "layers": 1, "vocabulary": 512} if SMOKE else {"width": 64, "layers": 2, "vocabulary": 1024}
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1] if SMOKE else [0, 1, 2])
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/merge-bench", help="kept; resumes")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    work = work_folder(arguments.work)
    torch.set_num_threads(1)
    names = (DOMAIN, *REPLAYED, *NEVER)
    texts = {name: small_runs.passages(name, PASSAGES) for name in names}
    heldout = write_heldout(work, texts)
    known = {name: found[HELD_OUT:] for name, found in texts.items()}
    general = [text for name in (*REPLAYED, *NEVER) for text in known[name]]
    replay = [text for name in REPLAYED for text in known[name]]
    if not (work / "random/config.json").exists():
        small_runs.build(work / "random", [text for found in known.values() for text in found], **SHAPE)
    base = small_runs.train(
        work / "random", work / "base", general, [], share=0, tokens=BASE_TOKENS, rate=4e-3, seed=0
    )
    trained = []
    for seed in arguments.seeds:
        for name, rate in RATES.items():
            for share in SHARES:
                result = small_runs.train(
                    base, work / f"{name}-{share:g}-{seed}", known[DOMAIN], replay,
                    share=share, tokens=TOKENS, rate=rate, seed=seed,
                )  # fmt: skip
                one = front_scores.of_folders(base, result, heldout, "cpu")
                trained.append(replace(one, setting=f"{name} rate, replay {share:.0%}"))
    for tolerance in TOLERANCES[:-1]:
        found = front_command.measure(trained, WEIGHTS, work / "front", tolerance=tolerance, tell=print)
        chosen = found.front.reporting[found.front.chosen]
        print(f"tolerance {tolerance:g}: {chosen.point.name}; {found.front.verdict}")
    found = front_command.measure(trained, WEIGHTS, work / "front", tolerance=TOLERANCES[-1], tell=print)
    print("\n".join(front_command.lines(found)))
    result_table.table("merge", [*ends(base, trained[0].result, work), *judge(found)])


def write_heldout(work: Path, texts: dict[str, list[str]]) -> Path:
    """The first passages of each corpus, as `rewarm merge front --heldout` reads them."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "heldout.jsonl"
    rows = [
        {"id": f"{name} {number}", "text": text, "source": name,
         "labels": {"task": "domain" if name == DOMAIN else "general"}}
        for name, found in texts.items()
        for number, text in enumerate(found[:HELD_OUT])
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def ends(base: Path, result: Path, work: Path) -> list[result_table.Row]:
    """Whether weight 0 and 1 are the two models, and the CPU time of a merge between."""
    rows = []
    for weight, end in ((0.0, base), (1.0, result)):
        target = work / f"end-{weight:g}"
        shutil.rmtree(target, ignore_errors=True)
        combine([(base, 1 - weight), (result, weight)], target, quiet=True)
        same = _digest(target) == _digest(end)
        rows.append(result_table.row(f"weight {weight:g}, files equal", float(same), 1.0, judged=True))
    target = work / "middle"
    shutil.rmtree(target, ignore_errors=True)
    begun = time.process_time()
    combine([(base, 0.5), (result, 0.5)], target, quiet=True)
    rows.append(result_table.row("a merge, CPU-seconds with its checks", time.process_time() - begun))
    return rows


def judge(found: front_command.Found) -> list[result_table.Row]:
    """Every point's share of the reference's gain and its worst channel, on the half that did not choose."""
    rows = []
    front = found.front
    for number, one in enumerate(front.reporting):
        if one.point.weight:
            chosen = " (chosen)" if number == front.chosen else ""
            name = f"{one.point.name}{chosen}"
            rows.append(result_table.row(f"{name}: share of gain", one.ratio.value, peer="most gain"))
            rows.append(result_table.row(f"{name}: forgetting", one.forgetting.value, peer="base"))
    return rows


def _digest(folder: Path) -> str:
    content = b"".join(path.read_bytes() for path in sorted(folder.glob("*.safetensors")))
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
