"""A small Llama with random weights and a byte-level tokenizer for given texts: nothing is downloaded."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any


def build(
    folder: Path, texts: Iterable[str], *, vocabulary: int, seq_len: int, **shape: int
) -> tuple[Any, Any]:
    """Save tokenizer and model in `folder`; give both. shape: further fields of LlamaConfig."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary, max_position_embeddings=seq_len, bos_token_id=None, eos_token_id=0,
        tie_word_embeddings=True, **shape,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    return fast, model
