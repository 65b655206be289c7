"""Benchmark scoring beside lm-eval: the same choices, and speed in CPU-seconds and in forwarded tokens.

Both sides score the same items with the same model in fp32, one thread, batch size 8 for the peer. Choices
are compared item by item: raw, normalised by characters and by bytes. Every difference is printed with both
sides' log-likelihoods. Speed is measured for letters and cloze form with 0 and 5 examples, alternating.

    make bench NAME=eval
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from evaluating import lm_eval_side, ours
from evaluating.ours import Set
from support import benchmark_sets, result_table
from support.smoke import SMOKE
from support.smollm2 import MODEL

from rewarm.model import base, causal_lm, pretrained

_BARS = {("letters", 0): 1.3, ("letters", 5): 5.0, ("cloze", 0): 2.5, ("cloze", 5): 10.0}
_METRICS = (("acc", "correct_none"), ("acc_norm", "correct_characters"), ("acc_bytes", "correct_bytes"))


class Counted:
    """Counts the tokens that a model computes while it is open."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.tokens = 0

    def __enter__(self) -> "Counted":
        self._hook = self.network.base_model.register_forward_pre_hook(self._count, with_kwargs=True)
        self.began = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self.began
        self._hook.remove()

    def _count(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.tokens += (args[0] if args else kwargs["input_ids"]).numel()


def sets(scale: float) -> list[Set]:
    """What choices are compared on, at least 2,000 items at scale 1."""

    def some(name: str, most: int, split: str = "validation") -> list[dict[str, Any]]:
        return benchmark_sets.records(name, split)[: max(4, int(most * scale))]

    found = [
        Set("arc_easy", "arc_easy", "cloze", some("arc_easy", 200), []),
        Set("sciq", "sciq", "cloze", some("sciq", 60), []),
        Set("piqa", "piqa", "cloze", some("piqa", 140), []),
        Set("lambada", "lambada", "cloze", some("lambada", 1000), []),
    ]
    found += [
        Set("mmlu", "mmlu", "letters", some(f"mmlu/{subject}", 100, "test"), [], subject)
        for subject in benchmark_sets.MMLU
    ]
    return found


def compare(network: Any, tokenizer: Any, lm: Any, folder: Path, scale: float) -> list[dict[str, Any]]:
    """Choices item by item."""
    items = different = 0
    for wanted in sets(scale):
        theirs = lm_eval_side.evaluate(lm, [lm_eval_side.task(
            wanted.name, wanted.records, wanted.shots, folder, wanted.topic
        )])  # fmt: skip
        rows = ours.evaluate(network, tokenizer, wanted).table.to_pylist()
        for mine, peer in zip(rows, next(iter(theirs.values())), strict=True):
            items += 1
            peer_nats = (
                [-float(answer[0]) for answer in peer["filtered_resps"]] if mine["kind"] != "open" else []
            )
            for metric, column in _METRICS:
                if metric in peer and bool(peer[metric]) != mine[column]:
                    different += 1
                    print(
                        f"different {wanted.name} {mine['id']} {metric}: {mine['nats']} against {peer_nats}"
                    )
        print(f"{wanted.name} {wanted.topic}: {len(rows)} items, {different} differences so far", flush=True)
    return [
        result_table.row("items compared with lm-eval", items, 2000, peer="lm-eval 0.4.13"),
        result_table.row(
            "different choices (raw, characters, bytes)", different, 0, peer="lm-eval", at_most=True
        ),
    ]


def speed(network: Any, tokenizer: Any, lm: Any, folder: Path, repeats: int) -> list[dict[str, Any]]:
    """CPU-seconds and forwarded tokens, the peer's over ours."""
    rows = []
    subject = "marketing"
    for (form, shots), bar in _BARS.items():
        items = 2 if SMOKE else (40 if not shots else 24)
        name = "mmlu" if form == "letters" else "mmlu_cloze"
        records = benchmark_sets.records(f"mmlu/{subject}", "test")[:items]
        examples = benchmark_sets.records(f"mmlu/{subject}", "dev")[:shots]
        wanted = Set(name, "mmlu", form, records, examples, subject)
        task = lm_eval_side.task(name, records, examples, folder, subject)
        seconds: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(repeats):
            with Counted(network) as mine:
                ours.evaluate(network, tokenizer, wanted)
            with Counted(network) as theirs:
                lm_eval_side.evaluate(lm, [task])
            seconds["ours"].append(mine.seconds)
            seconds["peer"].append(theirs.seconds)
        label = f"{form}, {shots}-shot, {items} items"
        ratio = median(seconds["peer"]) / median(seconds["ours"])
        rows.append(result_table.row(f"speed, {label}", ratio, bar, peer="lm-eval, batch 8"))
        rows.append(
            result_table.row(f"forwarded tokens, {label}", theirs.tokens / mine.tokens, peer="lm-eval")
        )
        print(
            f"{label}: {median(seconds['ours']):.1f} against {median(seconds['peer']):.1f} CPU-s", flush=True
        )
    difference = ours.largest_difference(network, tokenizer, wanted)
    return [
        *rows,
        result_table.row("largest difference of a continuation, nats", difference, 1e-2, at_most=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    parser.add_argument("--part", choices=["choices", "speed"], help="only this part")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = base.resolve(MODEL, Path.cwd()).path
    network = causal_lm.load(folder, torch.device("cpu")).eval()
    tokenizer = pretrained.tokenizer_of(folder)
    if not result_table.installed([("lm-eval", "lm_eval")]):
        wanted = Set("arc_easy", "arc_easy", "cloze", benchmark_sets.records("arc_easy")[:4], [])
        difference = ours.largest_difference(network, tokenizer, wanted)
        rows = [
            result_table.row("largest difference of a continuation, nats", difference, 1e-2, at_most=True)
        ]
    else:
        lm = lm_eval_side.model(network, tokenizer)
        rows = []
        with tempfile.TemporaryDirectory() as scratch:
            if options.part != "choices":
                rows += speed(network, tokenizer, lm, Path(scratch), 1 if SMOKE else 3)
            if options.part != "speed":
                rows += compare(network, tokenizer, lm, Path(scratch), 0.01 if SMOKE else 1)
    result_table.table("eval", rows)


if __name__ == "__main__":
    main()
