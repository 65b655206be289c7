"""A small Llama with random weights, a byte-level tokenizer for given texts, and a plain training loop."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rewarm.evaluate.score.encoding import Encoded


def build(
    folder: Path, texts: Sequence[str], vocabulary: int = 450, width: int = 64, layers: int = 2
) -> tuple[Any, Any]:
    """Model, saved in `folder`, and tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=0,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    return model.eval(), PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")


def train(folder: Path, shown: Sequence[Encoded], batches: Sequence[np.ndarray], rate: float = 4e-3) -> Any:
    """The model in `folder` after one update per batch. shown: texts, scored from their `start` on; batches:
    int64 [texts of a batch] each."""
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(folder)
    longest = max(len(one.tokens) for one in shown)
    tokens = torch.zeros(len(shown), longest, dtype=torch.int64)
    labels = torch.full_like(tokens, -100)
    for row, one in enumerate(shown):
        tokens[row, : len(one.tokens)] = torch.from_numpy(one.tokens)
        labels[row, one.start : len(one.tokens)] = torch.from_numpy(one.tokens[one.start :])
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    for step, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 20) * (1 - step / len(batches))
        rows = torch.from_numpy(batch)
        loss = model(input_ids=tokens[rows], labels=labels[rows]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()
