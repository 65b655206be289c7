"""Bases compared by their loss on own text, with a model that was trained on it and one that was not."""

from pathlib import Path

import pytest
import torch
from command_line import document
from transformers import AutoModelForCausalLM, AutoTokenizer

from rewarm.errors import RewarmError
from rewarm.evaluate import bases
from rewarm.evaluate.score.loaded_model import LoadedModel

LAW = [document("law", number) for number in range(12)]
API = [document("api", number) for number in range(8)]


@pytest.fixture(scope="module")
def loaded(model: Path) -> dict[str, LoadedModel]:
    """`plain` with random weights, `same` with the same ones, `trained` on other text of the same kind."""
    tokenizer = AutoTokenizer.from_pretrained(model)

    def network() -> torch.nn.Module:
        return AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)

    trained = network()
    optimizer = torch.optim.AdamW(trained.parameters(), lr=2e-3)
    for number in range(15):
        ids = tokenizer(document("law", 100 + number), return_tensors="pt").input_ids[:, :256]
        trained(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    networks = {"plain": network(), "same": network(), "trained": trained}
    return {name: LoadedModel(one.eval(), tokenizer, "rows") for name, one in networks.items()}


def test_the_base_that_knows_the_text_comes_first(loaded: dict[str, LoadedModel]) -> None:
    first, second = bases.compare(["plain", "trained"], LAW, load=loaded.__getitem__)
    assert (first.model, second.model) == ("trained", "plain") and first.words() == "best"
    assert second.bits - first.bits == pytest.approx(second.worse.value)
    assert not second.tied and 0 < second.worse.low < second.worse.value < second.worse.high
    # A random model spreads its bits over 512 rows: about 9 of them a token.
    assert second.bits == pytest.approx(9 * second.tokens / sum(len(t.encode()) for t in LAW), rel=0.1)


def test_equal_models_are_tied_whatever_their_order(loaded: dict[str, LoadedModel]) -> None:
    found = bases.compare(["plain", "same"], LAW, load=loaded.__getitem__)
    assert {one.model for one in found} == {"plain", "same"} and all(one.tied for one in found)


def test_general_text_is_measured_beside(loaded: dict[str, LoadedModel]) -> None:
    (one,) = bases.compare(["trained"], LAW, API, load=loaded.__getitem__)
    alone = bases.compare(["trained"], API, load=loaded.__getitem__)[0]
    assert one.general == pytest.approx(alone.bits) and one.bits != pytest.approx(alone.bits)


def test_what_cannot_be_measured_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(RewarmError, match="maker/model is not on this machine"):
        bases.compare(["maker/model"], LAW)
    with pytest.raises(RewarmError, match="named twice"):
        bases.compare(["a", "a"], LAW)
