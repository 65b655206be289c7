import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import document
from hypothesis import settings

# Timing belongs to benchmarks: a busy machine must not fail a property.
settings.register_profile("rewarm", deadline=None)
settings.load_profile("rewarm")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--part", metavar="K/N", help="run the K-th of N parts of the selected test files, as --part 2/3"
    )


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of 2.5 M parameters: big enough that a checkpoint takes a moment to write."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<end>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    texts = [document(kind, number) for kind in ("law", "api") for number in range(60)]
    tokenizer.train_from_iterator(texts, trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id("<end>"),
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A browser for tests marked so; they need Chromium and the package playwright."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert program, "Chromium is not on the PATH: install it, or name it in CHROMIUM"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where browser tests put the documentation's pictures: $SCREENSHOTS, or a folder that goes away."""
    folder = os.environ.get("SCREENSHOTS")
    return Path(folder).resolve() if folder else tmp_path


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files of long tests first: workers take whole files, and a long one at the end would run alone. With
    --part, only the files of one part, to which a file belongs by its name alone."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)
    part = config.getoption("--part")
    if part:
        number, count = map(int, part.split("/"))
        rest = [item for item in items if zlib.crc32(item.path.name.encode()) % count != number - 1]
        config.hook.pytest_deselected(items=rest)
        left_out = set(rest)
        items[:] = [item for item in items if item not in left_out]
