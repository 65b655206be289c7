"""The chat vector: the difference is added, and only where both models descend from this base."""

import json
from pathlib import Path

import pytest
import torch
from tiny_family import base, trained, weights

from rewarm.errors import RewarmError
from rewarm.merge import chat_vector
from rewarm.merge.combination import combine


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("family")
    start = base(folder / "base")
    instruct = trained(start, folder / "instruct", 2)
    (instruct / "generation_config.json").write_text(json.dumps({"temperature": 0.5}))
    return start, trained(start, folder / "continued", 1), instruct


def test_the_difference_is_added(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    start, continued, instruct = family
    parts = chat_vector.parts(continued, start, instruct, 0.5)
    combine(parts, tmp_path / "out", tokenizer=instruct, quiet=True)
    found, old, new, chat = (weights(one) for one in (tmp_path / "out", start, continued, instruct))
    for name, tensor in found.items():
        expected = new[name].double() + 0.5 * (chat[name].double() - old[name].double())
        assert torch.allclose(tensor.double(), expected, rtol=1e-6, atol=1e-7)
    settings = json.loads((tmp_path / "out/generation_config.json").read_text())
    assert settings == {"temperature": 0.5}


def test_models_of_another_base_are_refused(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    start, continued, instruct = family
    further = trained(instruct, tmp_path / "further", 3)
    with pytest.raises(RewarmError, match=r"in the same direction \(cosine 0\.7"):
        chat_vector.parts(further, start, instruct)
    with pytest.raises(RewarmError, match=r"in the same direction \(cosine 0\.7"):
        chat_vector.parts(continued, start, trained(continued, tmp_path / "tuned", 4))
    with pytest.raises(RewarmError, match="no difference to add"):
        chat_vector.parts(continued, start, start)
    with pytest.raises(RewarmError, match="nothing was trained"):
        chat_vector.parts(start, start, instruct)
    with pytest.raises(RewarmError, match="--scale 0"):
        chat_vector.parts(continued, start, instruct, 0)
    other = base(tmp_path / "other", seed=7)
    parts = chat_vector.parts(continued, start, trained(other, tmp_path / "elsewhere", 5))
    with pytest.raises(RewarmError, match="not trained from the same weights"):
        combine(parts, tmp_path / "out", quiet=True)
