"""Channel loss inside transformers' Trainer: the trained loss, taken apart, as in rewarm's own loop."""

import json
import subprocess
import sys
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import environment
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments

from rewarm.errors import RewarmError
from rewarm.interop.block_dataset import IGNORED, BlockCollator, BlockDataset, features
from rewarm.interop.trainer import ChannelLossMixin, ChannelLossTrainer
from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.gradient import Gradients

CPU = torch.device("cpu")


class Watched(ChannelLossTrainer):
    """Keeps the sums behind each log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[torch.Tensor] = []

    def _added_up(self, evaluating: bool) -> torch.Tensor:
        self.seen.append(super()._added_up(evaluating))
        return self.seen[-1]


class Gradient(TrainerCallback):
    """Keeps the gradient of the first update."""

    found: list[torch.Tensor] | None = None

    def on_pre_optimizer_step(self, *_: Any, model: Any, **__: Any) -> None:
        self.found = self.found or [parameter.grad.clone() for parameter in model.parameters()]


def trainer(
    folder: Path,
    model: Path,
    blocks: BlockDataset,
    *,
    kind: Any = Watched,
    more: dict | None = None,
    **settings: Any,
) -> Any:
    torch.manual_seed(0)
    values = {
        "max_steps": 3, "per_device_train_batch_size": 4, "logging_steps": 1, "optim": "sgd",
        "learning_rate": 0.1, "max_grad_norm": 0, "save_strategy": "no", "report_to": [],
        "use_cpu": True, "disable_tqdm": True, **settings,
    }  # fmt: skip
    return kind(
        model=causal_lm.load(model, CPU),
        args=TrainingArguments(str(folder), **values),
        train_dataset=blocks,
        **(more or {}),
    )


@pytest.fixture
def blocks(run: Path) -> BlockDataset:
    return BlockDataset.of_run(run, "adapt")


def alone(model: Any, blocks: BlockDataset, numbers: range) -> np.ndarray:
    """float64 [leaves, 3], every part of a document run by itself through the plain model."""
    table = np.zeros((blocks.channels.leaves, 3))
    for number in numbers:
        sequence = blocks.blocks[number]
        stops = np.cumsum(sequence.lengths)
        for leaf, stop, length in zip(sequence.leaves, stops, sequence.lengths, strict=True):
            tokens = torch.from_numpy(sequence.tokens[stop - length : stop].astype(np.int64))
            if length < 2:
                continue
            with torch.no_grad():
                logits = model(input_ids=tokens[None]).logits[0, :-1].double()
            nats = torch.nn.functional.cross_entropy(logits, tokens[1:], reduction="sum").item()
            size = blocks.channels.token_bytes[tokens[1:]].sum().item()
            table[leaf] += (nats, length - 1, size)
    return table


def test_leaf_sums_are_the_trained_loss(tmp_path: Path, model: Path, blocks: BlockDataset) -> None:
    one = trainer(tmp_path, model, blocks, per_device_train_batch_size=8)
    plain = alone(causal_lm.load(model, CPU).eval(), blocks, range(8))
    one.train()
    rows = [row for row in one.state.log_history if "loss" in row]
    assert len(rows) == len(one.seen) == 3
    for row, table in zip(rows, one.seen, strict=True):
        nats, tokens, _ = table.sum(0).tolist()
        assert row["loss"] == pytest.approx(nats / tokens, rel=1e-6)
    # The first update saw the base: the same sums as of documents that never met in a sequence.
    np.testing.assert_allclose(one.seen[0].numpy(), plain, rtol=1e-5)
    for name, members in {
        "source=law": [0],
        "source=api": [1],
        "language=zh": [0],
        "task=domain": [0],
    }.items():
        nats, tokens, size = plain[members].sum(0)
        assert rows[0][f"channel/{name}/nats"] == pytest.approx(nats / tokens, rel=1e-5)
        assert rows[0][f"channel/{name}/bits_per_byte"] == pytest.approx(nats / size / log(2), rel=1e-5)


def test_loss_and_gradient_are_those_of_our_own_loop(
    tmp_path: Path, model: Path, blocks: BlockDataset
) -> None:
    lm = PackedLM(causal_lm.load(model, CPU).train(), 256)
    config = {"micro_batch": 1, "precision": "fp32", "clip": 1e9, "parallel": {"defer_reduction": False}}
    own = Gradients(lm, Ranks(0, 1, CPU), config, blocks.channels.token_bytes.numpy())
    evidence = own.of(blocks.blocks, range(8), np.ones(2))
    gradient = Gradient()
    one = trainer(
        tmp_path, model, blocks, max_steps=1, gradient_accumulation_steps=2, more={"callbacks": [gradient]}
    )
    one.train()
    assert one.state.log_history[0]["loss"] == pytest.approx(evidence.loss, rel=1e-6)
    np.testing.assert_allclose(one.seen[0].numpy(), evidence.leaves(2), rtol=1e-6)
    assert gradient.found is not None
    for mine, parameter in zip(gradient.found, lm.parameters(), strict=True):
        torch.testing.assert_close(mine, parameter.grad, rtol=1e-4, atol=1e-6)


def test_accumulation_changes_nothing(tmp_path: Path, model: Path, blocks: BlockDataset) -> None:
    weights, logs, sums = [], [], []
    for batch, steps in ((4, 1), (1, 4), (2, 2)):
        one = trainer(
            tmp_path, model, blocks, per_device_train_batch_size=batch, gradient_accumulation_steps=steps
        )
        one.train()
        weights.append(torch.cat([value.flatten() for value in one.model.state_dict().values()]))
        logs.append([row["loss"] for row in one.state.log_history if "loss" in row])
        sums.append(torch.stack(one.seen))
    before = torch.cat([value.flatten() for value in causal_lm.load(model, CPU).state_dict().values()])
    for other in (1, 2):
        assert (weights[other] - weights[0]).abs().max() < 1e-6 < (weights[0] - before).abs().max()
        assert logs[other] == pytest.approx(logs[0], abs=1e-6)
        torch.testing.assert_close(sums[other], sums[0], rtol=1e-6, atol=1e-6)


def test_evaluation_is_the_mean_over_targets(
    tmp_path: Path, model: Path, run: Path, blocks: BlockDataset
) -> None:
    held = BlockDataset.of_run(run, "anneal")
    one = trainer(tmp_path, model, blocks, per_device_eval_batch_size=3, more={"eval_dataset": held})
    found = one.evaluate()
    plain = alone(causal_lm.load(model, CPU).eval(), held, range(len(held)))
    nats, tokens, _ = plain.sum(0)
    assert found["eval_loss"] == pytest.approx(nats / tokens, rel=1e-5)
    assert found["eval_channel/source=api/nats"] == pytest.approx(plain[1, 0] / plain[1, 1], rel=1e-5)
    logged = [row for row in one.state.log_history if "eval_loss" in row]
    assert len(logged) == 1 and not any(name.startswith("channel/") for name in logged[0])


def test_masked_tokens_carry_no_loss_and_stay_as_context(
    tmp_path: Path, model: Path, blocks: BlockDataset
) -> None:
    plain = blocks.blocks[0]
    item = features(replace(plain, masked=np.array([3, 9], dtype=np.int32)))
    assert (item["labels"][3:9] == IGNORED).all()
    others = [at for at in range(len(plain.tokens)) if not 3 <= at < 9]
    assert torch.equal(item["labels"][others], features(plain)["labels"][others])
    one = trainer(tmp_path, model, blocks)
    losses = []
    for replaced in (False, True):
        batch = BlockCollator()([item])
        if replaced:
            batch["labels"][0, 3:9] = IGNORED
            batch["input_ids"][0, 5] = 7
        losses.append(one.compute_loss(one.model.eval(), batch).item())
    assert one._added_up(True)[:, 1].sum() == 2 * (item["labels"] != IGNORED).sum()
    assert losses[0] != losses[1]


def test_rows_of_other_lengths_are_padded_without_loss(blocks: BlockDataset) -> None:
    lengths = [len(blocks[number]["input_ids"]) for number in range(len(blocks))]
    short = blocks[int(np.argmin(lengths))]
    size = len(short["input_ids"])
    batch = BlockCollator()([blocks[0], short])
    assert size < batch["input_ids"].shape[1]
    assert (batch["labels"][1, size:] == IGNORED).all()
    assert batch["position_ids"][1, size:].tolist() == list(range(batch["input_ids"].shape[1] - size))
    assert all(torch.equal(batch[name][1, :size], short[name]) for name in batch)


def test_blocks_come_in_training_order(tmp_path: Path, model: Path, blocks: BlockDataset) -> None:
    batches = iter(trainer(tmp_path, model, blocks).get_train_dataloader())
    for start in (0, 4):
        wanted = BlockCollator()([blocks[number] for number in range(start, start + 4)])
        assert torch.equal(next(batches)["input_ids"], wanted["input_ids"])


def test_a_batch_without_leaves_goes_the_trainers_own_way(
    tmp_path: Path, model: Path, blocks: BlockDataset
) -> None:
    one = trainer(tmp_path, model, blocks)
    tokens = torch.arange(20)[None]
    plain = one.model(input_ids=tokens, labels=tokens).loss
    assert one.compute_loss(one.model, {"input_ids": tokens, "labels": tokens}).item() == plain.item()
    assert one._table == {}


def test_the_model_generates_and_saves_as_before(tmp_path: Path, model: Path, blocks: BlockDataset) -> None:
    one = trainer(tmp_path / "out", model, blocks, max_steps=1)
    one.train()
    one.save_model(str(tmp_path / "saved"))
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "saved", dtype=torch.float32)
    tokens = torch.arange(12)[None]
    options = {"attention_mask": torch.ones_like(tokens), "max_new_tokens": 3, "do_sample": False}
    one.model.eval()
    assert torch.equal(one.model.generate(tokens, **options), again.generate(tokens, **options))
    torch.testing.assert_close(one.model(tokens).logits, again(tokens).logits)


def test_what_cannot_be_trained_so_is_an_error_message(
    tmp_path: Path, model: Path, blocks: BlockDataset
) -> None:
    class Mine(ChannelLossMixin, Trainer):
        pass

    with pytest.raises(RewarmError, match="no channels are known; give a BlockDataset"):
        trainer(tmp_path, model, [], kind=Mine)
    leaking = causal_lm.load(model, CPU)
    inner = leaking.model.forward
    leaking.model.forward = lambda *_, position_ids=None, **rest: inner(**rest)
    settings = TrainingArguments(str(tmp_path), use_cpu=True, report_to=[])
    for dtype in (torch.float32, torch.bfloat16):
        with pytest.raises(RewarmError, match="packed documents see each other"):
            Mine(model=leaking.to(dtype), args=settings, train_dataset=blocks)
    Mine(model=causal_lm.load(model, CPU).to(torch.bfloat16), args=settings, train_dataset=blocks)


def test_settings_that_need_logits_are_refused(tmp_path: Path, model: Path, blocks: BlockDataset) -> None:
    with pytest.raises(RewarmError, match="need logits, and no logits exist here"):
        trainer(tmp_path, model, blocks, label_smoothing_factor=0.1)


def test_arguments_by_position_are_read_too(tmp_path: Path, model: Path, blocks: BlockDataset) -> None:
    settings = TrainingArguments(str(tmp_path), use_cpu=True, report_to=[])
    one = ChannelLossTrainer(causal_lm.load(model, CPU), settings, None, blocks)
    assert one.data_collator is not None and one._channels is blocks.channels
    assert "leaves" in next(iter(one.get_train_dataloader()))


@pytest.mark.slow
def test_two_ranks_log_what_one_logs(tmp_path: Path, model: Path, run: Path, blocks: BlockDataset) -> None:
    held = torch.utils.data.Subset(BlockDataset.of_run(run, "anneal"), range(8))
    one = trainer(
        tmp_path, model, blocks, per_device_eval_batch_size=4, eval_strategy="steps", eval_steps=3,
        more={"eval_dataset": held},
    )  # fmt: skip
    one.train()
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = Path(__file__).with_name("two_ranks.py")
    ended = subprocess.run(
        [*torchrun, str(script), str(run), str(model), str(tmp_path / "out")],
        capture_output=True, text=True, env=environment(tmp_path), check=False,
    )  # fmt: skip
    found = [line for line in ended.stdout.splitlines() if line.startswith("LOG")]
    assert found, ended.stderr
    logs = [one.state.log_history, json.loads(found[0].removeprefix("LOG"))]
    kept = ("loss", "channel", "eval_loss", "eval_channel")
    for alone_row, row in zip(*logs, strict=True):
        names = [name for name in alone_row if name.startswith(kept)]
        assert [row[name] for name in names] == pytest.approx([alone_row[name] for name in names], rel=1e-5)
    assert sum("channel/source=law/nats" in row for row in logs[1]) >= 2
    assert sum("eval_channel/source=law/bits_per_byte" in row for row in logs[1]) == 1
