"""New rows are means of the rows that they replace; the old ones and the old logits stay."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from rewarm.data.vocabulary.embeddings import extend
from rewarm.errors import RewarmError

PIECES = [(3, 4), (5,), (3, 4, 6)]


def llama(*, tied: bool, rows: int = 20) -> LlamaForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=rows, tie_word_embeddings=tied, **sizes))


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("rows", [20, 32])
def test_rows_are_means_and_old_logits_stay(tied: bool, rows: int) -> None:
    model = llama(tied=tied, rows=rows)
    tokens = torch.arange(20)[None]
    with torch.no_grad():
        before = model(tokens).logits[..., :20]
    old = [model.get_input_embeddings().weight.clone(), model.get_output_embeddings().weight.clone()]
    extend(model, PIECES, 20)
    assert len(model.get_input_embeddings().weight) == max(rows, 23) == model.config.vocab_size
    for table, module in zip(old, (model.get_input_embeddings(), model.get_output_embeddings()), strict=True):
        for place, pieces in enumerate(PIECES):
            expected = table[list(pieces)].mean(0)
            assert torch.allclose(module.weight[20 + place], expected, atol=1e-6)
    with torch.no_grad():
        assert torch.equal(model(tokens).logits[..., :20], before)
    assert (model.get_output_embeddings().weight is model.get_input_embeddings().weight) == tied


def test_a_head_with_a_bias_is_refused() -> None:
    model = llama(tied=False)
    model.set_output_embeddings(torch.nn.Linear(16, 20, bias=True))
    with pytest.raises(RewarmError, match="has a bias"):
        extend(model, PIECES, 20)
