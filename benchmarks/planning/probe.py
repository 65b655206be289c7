"""A probe at one sequence length, micro-batch and rank predicts others, which are then measured.

Three small models with the layers of Llama, Qwen 3 and Gemma 3 (sliding attention), with random weights. Each
is probed once, and predicted and measured at another size on one rank and on two. On a busy machine all
seconds are CPU seconds (`Probe.cpu_clock`), on both sides.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support import result_table
from support.smoke import SMOKE

from rewarm.plan import calibration
from rewarm.plan.probe import Probe
from rewarm.recipe import Train

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

SECONDS = 0.1 if SMOKE else 3.0
PASSES = 2


@dataclass(frozen=True)
class Case:
    """model: key of `_config`; probed: (sequence length, micro-batch) of the probe; asked: (ranks, sequence
    length, micro-batch) that are predicted."""

    model: str
    probed: tuple[int, int]
    asked: tuple[tuple[int, int, int], ...]


CASES = (
    Case("llama", (128, 2), ((1, 256, 2), (2, 128, 4))),
    Case("qwen3", (128, 2), ((1, 512, 1), (2, 64, 4))),
    Case("gemma3", (256, 1), ((1, 512, 1), (2, 128, 1))),
)


def rows() -> list[result_table.Row]:
    """Ratio of predicted to measured seconds of an update and bytes of a rank."""
    found = []
    for case in CASES[:1] if SMOKE else CASES:
        with tempfile.TemporaryDirectory() as folder:
            _config(case.model).save_pretrained(folder)
            found += _case(case, Path(folder))
    return found


def _case(case: Case, folder: Path) -> list[result_table.Row]:
    from rewarm.pipeline.probe import launch

    seq_len, size = case.probed
    train = Train.model_validate({"micro_batch": size, "precision": "fp32", "device": "cpu"})
    ranks = (1,) if SMOKE else (1, 2)
    probe = launch.probe(folder, train, seq_len, PASSES, ranks=ranks, seconds=SECONDS, say=print)
    print(f"slopes    {calibration.slopes(probe)}")
    found = []
    for number, length, micro_batch in case.asked[: len(ranks)]:
        changed = train.model_copy(update={"micro_batch": micro_batch})
        batch = PASSES * length * micro_batch * number
        predicted = calibration.predict(probe, probe.shapes, changed, length, number, batch)
        seconds, growth = _measured(probe, changed, folder, number, length)
        name = f"{case.model}: {number} ranks, {micro_batch} x {length} tokens"
        for what, own, seen, unit, bar in (
            ("seconds an update", predicted.update_seconds, seconds, "s", 0.2),
            ("memory", predicted.growth / 1e6, growth / 1e6, "MB", 0.15),
        ):
            print(
                f"{name}: {what}: predicted {own:.4g}, measured {seen:.4g} {unit}, ratio {own / seen:.3f}",
                flush=True,
            )
            error, peer = abs(own / seen - 1), f"{seen:.4g} {unit}"
            found.append(result_table.row(f"{name}: {what}", error, bar, peer=peer, at_most=True))
    return found


def _measured(probe: Probe, train: Train, folder: Path, ranks: int, seq_len: int) -> tuple[float, float]:
    """Seconds of an update and bytes above the process before the model, really trained."""
    from rewarm.pipeline.probe.launch import measured
    from rewarm.pipeline.probe.rank import Request

    threads = probe.costs[ranks - 1].threads
    config = train.model_dump(mode="json")
    answer = measured(Request(folder, config, 0, seq_len, PASSES, SECONDS, ranks, threads, store=""))
    assert answer.full is not None
    passes, step = answer.full[int(probe.cpu_clock)]
    return PASSES * float(passes) + float(step), answer.peak


def _config(name: str) -> "PreTrainedConfig":
    from transformers import Gemma3TextConfig, LlamaConfig, Qwen3Config

    if SMOKE:
        return LlamaConfig(
            vocab_size=500, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        )  # fmt: skip
    if name == "llama":
        return LlamaConfig(
            vocab_size=8000, hidden_size=256, intermediate_size=704, num_hidden_layers=6,
            num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=False,
        )  # fmt: skip
    if name == "qwen3":
        return Qwen3Config(
            vocab_size=12_000, hidden_size=256, intermediate_size=768, num_hidden_layers=8,
            num_attention_heads=4, num_key_value_heads=2, head_dim=64, tie_word_embeddings=True,
        )  # fmt: skip
    return Gemma3TextConfig(
        vocab_size=16_000, hidden_size=256, intermediate_size=1024, num_hidden_layers=6,
        num_attention_heads=4, num_key_value_heads=1, head_dim=128, sliding_window=128,
    )  # fmt: skip
