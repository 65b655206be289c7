"""Runs to a front: seeds are pooled, settings compared on common documents, other bases refused."""

from pathlib import Path

import numpy as np
import pytest
from tiny_family import base

from rewarm.errors import RewarmError
from rewarm.merge import front_command
from rewarm.merge.front_scores import Trained


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return base(tmp_path_factory.mktemp("family") / "base")


def trained(setting: str, start: Path, ids: range, gain: float) -> Trained:
    """A result whose domain gained so many nats on every document; weights between are linear."""
    names = np.array([f"d{number:03d}" for number in ids])
    domain = np.array([number % 2 == 0 for number in ids])
    size = np.array([100.0 + number for number in ids])

    def sums(weight: float) -> np.ndarray:
        nats = np.array([50.0 + number for number in ids]) - weight * gain * domain
        return np.stack([nats, size / 4, size], axis=1)

    def score(model: Path, name: str) -> np.ndarray:
        raise AssertionError("everything is known")

    known = {weight: sums(weight) for weight in (0.0, 0.5, 1.0)}
    channel = np.where(domain, "law", "api")
    return Trained(setting, start, start, names, channel, domain, score, known, "key")


def test_seeds_of_a_setting_are_pooled_by_document(start: Path, tmp_path: Path) -> None:
    runs = [trained("fast", start, range(0, 12), 4.0), trained("fast", start, range(6, 18), 8.0)]
    runs += [trained("slow", start, range(0, 18), 3.0)]
    found = front_command.measure(runs, [0.0, 0.5, 1.0], tmp_path / "front")
    assert found.settings == {"fast": 2, "slow": 1} and found.documents == 18
    by_name = {one.point.name: one.point for one in found.front.reporting}
    change = by_name["base"].nats - by_name["fast, weight 1"].nats
    assert change[::2].tolist() == [4.0] * 3 + [6.0] * 3 + [8.0] * 3 and not change[1::2].any()
    assert (by_name["base"].nats - by_name["slow, weight 0.5"].nats)[::2].tolist() == [1.5] * 9


def test_settings_are_compared_on_the_documents_that_all_have(start: Path, tmp_path: Path) -> None:
    said: list[str] = []
    runs = [trained("fast", start, range(0, 12), 4.0), trained("slow", start, range(2, 14), 2.0)]
    found = front_command.measure(runs, [1.0], tmp_path / "front", tell=said.append)
    assert found.documents == 10 and said == [
        "10 held-out documents are in all settings and are used, of up to 12"
    ]
    apart = [runs[0], trained("slow", start, range(20, 32), 2.0)]
    with pytest.raises(RewarmError, match="no held-out documents in common"):
        front_command.measure(apart, [1.0], tmp_path / "front")


def test_runs_of_other_bases_are_refused(start: Path, tmp_path: Path) -> None:
    other = base(tmp_path / "other", seed=3)
    runs = [trained("fast", start, range(12), 4.0), trained("slow", other, range(12), 2.0)]
    with pytest.raises(RewarmError, match="has another base"):
        front_command.measure(runs, [1.0], tmp_path / "front")
