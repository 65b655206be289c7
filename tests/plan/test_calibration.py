"""A probe made from known coefficients gives the same costs at every other combination."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_probe import ATTENTION, BYTES, FIXED, MODEL, PROCESS, SMALL, STEP, TOKEN, made, seconds

from rewarm.plan import calibration, compute, layouts, probe
from rewarm.plan.layouts import Layout
from rewarm.recipe import Train


@given(st.integers(64, 2048), st.integers(1, 8), st.integers(1, 8), st.sampled_from([(0, 0.0), (256, 0.75)]))
def test_other_lengths_and_micro_batches_cost_what_the_coefficients_say(
    seq_len: int, micro_batch: int, passes: int, window: tuple[int, float]
) -> None:
    tokens = seq_len * micro_batch
    train = Train(micro_batch=micro_batch)
    found = calibration.predict(made(window=window), MODEL, train, seq_len, 1, passes * tokens)
    assert found.pass_seconds == pytest.approx(seconds(tokens, seq_len, window))
    assert found.update_seconds == pytest.approx(passes * found.pass_seconds + STEP)
    assert found.tokens_per_second == pytest.approx(passes * tokens / found.update_seconds)
    assert found.growth == pytest.approx(5e8 + (tokens - SMALL) * BYTES)
    assert found.peak == PROCESS + found.growth


def test_measured_ranks_have_their_own_fixed_costs_and_share_the_cores() -> None:
    found = calibration.predict(made(), MODEL, Train(micro_batch=2), 512, 2, 4096)
    alone = seconds(1024, 512) - FIXED
    assert found.pass_seconds == pytest.approx(0.4 + 2 * alone)
    assert found.update_seconds == pytest.approx(2 * found.pass_seconds + 0.03)
    assert found.growth == pytest.approx(6e8 + 1008 * BYTES)


def test_ranks_that_were_not_measured_pay_for_bytes_and_share_the_states() -> None:
    two, four = (calibration.predict(made(), MODEL, Train(), 64, ranks, 64 * ranks) for ranks in (2, 4))
    sent, reduced = 4 * (2 * 12e6 + 8e6), 4 * 20e6
    # A ring of four moves 3/4 of a tensor, one of two 1/2; one of two threads is left to a rank.
    communication = 1.5 * (sent / 1e9 + reduced / 5e8)
    token = 48 * (TOKEN + 32 * ATTENTION)
    assert four.pass_seconds == pytest.approx(2 * FIXED + communication + 2 * token)
    states = [layouts.per_rank(MODEL, Train(), 0, Layout(ranks)) for ranks in (1, 4)]
    alone, shared = (one.weights + one.gradients + one.moments + one.gathered for one in states)
    assert four.growth == pytest.approx(5e8 + shared - alone + 48 * BYTES)
    assert two.pass_seconds != four.pass_seconds


def test_another_size_follows_its_operations_and_its_volume() -> None:
    larger = replace(MODEL, parameters=32_000_000, layers=12)
    found = calibration.predict(made(), larger, Train(micro_batch=2), 512, 1, 1024)
    work = compute.work(larger, 0).done / compute.work(MODEL, 0).done
    expected = 1.6 * FIXED + 1008 * (work * TOKEN + 2 * ATTENTION * 256)
    assert found.pass_seconds == pytest.approx(expected)
    # 16 bytes of states for each weight, and twice the activations.
    assert found.growth == pytest.approx(5e8 + 16 * 12e6 + 2 * 1008 * BYTES)


def test_attention_is_no_faster_than_matrix_products() -> None:
    """Noise can make whole documents faster than short ones."""
    noisy = made().model_copy(update={"split_seconds": 10.0})
    rate = compute.work(MODEL, 0).done / (noisy.pass_seconds / 1024)
    assert calibration.slopes(noisy).attention == pytest.approx(12 * 6 * 512 / rate)


def test_a_kept_probe_is_found_by_hardware_and_model_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path))
    assert not probe.any_kept() and probe.kept("a CPU, 4 cores", "llama") is None
    path = probe.keep(made())
    assert path == tmp_path / "probes" / "a-cpu-4-cores" / "llama.json"
    assert probe.any_kept() and probe.kept("a CPU, 4 cores", "llama") == made()
    assert probe.kept("a CPU, 8 cores", "llama") is None and probe.kept("a CPU, 4 cores", "qwen3") is None
    path.write_text(path.read_text().replace('"passes"', '"steps"'))
    assert probe.kept("a CPU, 4 cores", "llama") is None, "written by another version"
