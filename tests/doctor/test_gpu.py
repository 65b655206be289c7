"""`rewarm doctor --gpu`, run on the CPU with a tiny model: everything but the kernels and the card itself."""

import json

import pytest
import torch
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.doctor import gpu
from rewarm.doctor.gpu import attention_paths, exactness, memory_use, speed, world
from rewarm.model.attention import choice
from rewarm.model.attention.documents import Documents
from rewarm.model.channel_loss import LeafSums
from rewarm.train import out_of_memory

CPU = torch.device("cpu")
TINY = world.SIZES["tiny"]


@pytest.mark.slow
def test_every_check_runs_and_the_table_is_one_json_object() -> None:
    command = ["doctor", "--gpu", "--gpu-device", "cpu", "--gpu-size", "tiny", "--json"]
    ran = CliRunner().invoke(cli, command)
    assert ran.exit_code == 0, ran.stdout
    found = {row["name"]: row for row in json.loads(ran.stdout)["checks"]}
    assert list(found) == [
        "gpu", "attention flash", "attention varlen", "attention flex", "attention documents",
        "attention dense", "channel sums", "bit-exact resume", "out of memory", "peak memory",
        "tokens per second", "share of the peak", "next to HF Trainer", "time",
    ]  # fmt: skip
    wanted = ("attention documents", "channel sums", "bit-exact resume", "out of memory")
    assert all(found[name]["ok"] for name in wanted)
    assert found["attention flash"]["seen"] == "not there: needs a GPU"
    assert "Halve train.micro_batch (it is 2)" in found["out of memory"]["seen"]
    assert found["tokens per second"]["value"] > 0 and found["next to HF Trainer"]["value"] > 0


def test_without_a_gpu_it_says_so_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    ran = CliRunner().invoke(cli, ["doctor", "--gpu"])
    assert ran.exit_code == 1
    assert "FAILS gpu" in ran.stdout and "sees no GPU" in ran.stdout and "docs/gpu.md" in ran.stdout


def test_a_path_that_leaks_or_whose_gradient_is_wrong_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right = choice._KERNELS["documents"]

    def leaking(query, key, value, documents, terms):
        return right(query, key, value, Documents((documents.tokens,), CPU), terms)

    def wrong_backward(query, key, value, documents, terms):
        return right(query.detach(), key, value, documents, terms)

    def no_kernel(*_):
        raise RuntimeError("no kernel image for this card\nmore")

    cases = (
        (leaking, "documents see each other"),
        (wrong_backward, "isolated; "),
        (no_kernel, "no kernel image for this card"),
    )
    for kernel, said in cases:
        monkeypatch.setitem(choice._KERNELS, "documents", kernel)
        row = next(row for row in attention_paths.paths(TINY, CPU) if row.name == "attention documents")
        assert row.ok is False and said in row.seen and "train.attention" in row.remedy


def test_sums_of_rounded_losses_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = LeafSums.add
    monkeypatch.setattr(LeafSums, "add", lambda self, nll, *rest: plain(self, nll.bfloat16(), *rest))
    row = exactness.channel_sums(TINY, CPU)
    assert row.ok is False and row.value is not None and row.value > 1e-5


def test_a_resume_that_differs_in_one_bit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = exactness.Checkpoints.restore

    def restore(self, lm, optimizer, **how):
        found = plain(self, lm, optimizer, **how)
        with torch.no_grad():
            weight = next(lm.parameters())
            weight.view(torch.int32)[0, 0] ^= 1
        return found

    monkeypatch.setattr(exactness.Checkpoints, "restore", restore)
    row = exactness.resume(TINY, CPU)
    assert row.ok is False and row.value


def test_an_error_of_memory_without_a_remedy_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    monkeypatch.setattr(out_of_memory, "explained", lambda *_: nullcontext())
    assert memory_use.exhausted(TINY, CPU).ok is False


def test_a_crash_and_the_end_of_time_are_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_):
        raise RuntimeError("CUDA error: device-side assert\nmore")

    monkeypatch.setattr(gpu, "_CHECKS", {"one": crash, "two": crash})
    rows = {row.name: row for row in gpu.checks(CPU, "tiny")}
    assert rows["one"].seen == "RuntimeError: CUDA error: device-side assert" and rows["two"].ok is False
    rows = {row.name: row for row in gpu.checks(CPU, "tiny", limit=-1)}
    assert rows["two"].seen == "not run: -1 seconds are over" and rows["two"].ok is False


def test_counted_weights_are_those_of_the_model() -> None:
    model = world.model(TINY, 3, CPU)
    assert world.shapes(TINY, 3).parameters == sum(weight.numel() for weight in model.parameters())
    again = world.model(TINY, 3, CPU)
    assert torch.equal(next(model.parameters()), next(again.parameters()))


def test_the_card_is_found_in_the_table_of_peaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most specific name comes first: an H100 PCIe is no H100 SXM, an L40S no L40 or L4."""
    monkeypatch.setattr(speed, "_product", lambda device: 1e15)
    for name, peak in (("NVIDIA H100 PCIe", 756), ("NVIDIA H100 80GB HBM3", 989), ("NVIDIA L40S", 362),
                       ("NVIDIA L4", 121), ("NVIDIA A100-SXM4-80GB", 312), ("NVIDIA A10G", 70)):  # fmt: skip
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device, name=name: name)
        row = speed._share(0.5e12 * peak, torch.device("cuda"))
        assert row.unit == "MFU" and row.value == pytest.approx(0.5), name
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a card of next year")
    assert speed._share(1e14, torch.device("cuda")).unit == "of a matrix product"
