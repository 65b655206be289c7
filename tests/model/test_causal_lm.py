"""The model as training runs it: isolated documents, its own loss, and refusal where either fails."""

from pathlib import Path

import pytest
import torch

from rewarm.errors import RewarmError
from rewarm.model import base, causal_lm

CPU = torch.device("cpu")


def test_a_model_with_capped_logits_is_refused(model: Path) -> None:
    network = causal_lm.load(model, CPU)
    causal_lm.verify(network)
    plain = network.lm_head.forward
    network.lm_head.forward = lambda hidden: torch.tanh(plain(hidden))
    with pytest.raises(RewarmError, match="logits are not hidden x head"):
        causal_lm.verify(network)


def test_a_model_that_ignores_positions_is_refused(model: Path) -> None:
    network = causal_lm.load(model, CPU)
    inner = network.model.forward
    network.model.forward = lambda *_, position_ids=None, **rest: inner(**rest)
    with pytest.raises(RewarmError, match="packed documents see each other"):
        causal_lm.verify(network)


def test_verify_leaves_the_model_as_it_was(model: Path) -> None:
    network = causal_lm.load(model, CPU).train()
    before = torch.get_rng_state()
    causal_lm.verify(network)
    assert network.training and torch.equal(torch.get_rng_state(), before)


def test_packed_and_alone_have_the_same_losses(model: Path) -> None:
    network = causal_lm.load(model, CPU).eval()
    generator = torch.Generator().manual_seed(1)
    parts = [torch.randint(500, (1, size), generator=generator) for size in (7, 20, 3)]
    alone = torch.cat(
        [
            causal_lm.token_losses(network, part, None, torch.ones(1, part.shape[1] - 1), chunk=4)[1]
            for part in parts
        ]
    )
    positions = torch.cat([torch.arange(part.shape[1]) for part in parts])[None]
    packed = causal_lm.token_losses(network, torch.cat(parts, 1), positions, torch.ones(1, 29), chunk=4)[1]
    inside = [index for index in range(29) if index not in (6, 26)]
    torch.testing.assert_close(packed[inside], alone, rtol=1e-4, atol=1e-4)


def test_a_base_is_known_by_what_its_files_hold(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in model.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert base.resolve("copy", tmp_path).identity == base.resolve(str(model), tmp_path).identity
    (copy / "README.md").write_text("a card")
    assert base.resolve("copy", tmp_path).identity == base.resolve(str(model), tmp_path).identity
    config = (copy / "config.json").read_text()
    (copy / "config.json").write_text(config.replace('"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05'))
    assert base.resolve("copy", tmp_path).identity != base.resolve(str(model), tmp_path).identity


@pytest.mark.parametrize("name", ["nowhere", "./nowhere/at-all", "package:thing==1/x.bin"])
def test_a_base_that_is_none_is_an_error_message(name: str, tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match="model: "):
        base.resolve(name, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RewarmError, match=r"has no config\.json"):
        base.resolve("empty", tmp_path)
