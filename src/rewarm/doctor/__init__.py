"""Checks of this machine and this base model before a long training.

Each check measures the property itself at small scale: two documents are packed, a batch is accumulated, a
sentence is scored. Versions and model names are not taken as evidence.

machine.py   python, libraries, devices, memory, disk
model.py     the model: loading, loss on a sentence, loss head, isolation of packed documents, accumulation
tokenizer.py its tokens: end, start, round trip, special tokens in a text
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rewarm.doctor import machine, tokenizer
from rewarm.doctor.check import Check, attempt
from rewarm.doctor.model import UNCHECKED, ModelUnderTest
from rewarm.recipe import Recipe

__all__ = ["Check", "checks"]

_DAMAGED = (
    "Give a complete Hugging Face directory: config.json, tokenizer.json, *.safetensors; fetch it again."
)


def checks(recipe: Recipe | None, model: Path | None, run_root: Path) -> Iterator[Check]:
    """Run the checks one by one and yield each result at once.

    model: a Hugging Face directory; None skips the checks that need a model.
    run_root: where runs are written; need not exist. Nothing is written there.
    Never raises: a check that crashes counts as failed. Memory: 12 bytes a parameter; a model that does not
    fit is not loaded.
    """
    yield attempt("python", "Install a Python in this range.", machine.python)
    yield attempt(
        "libraries", "Install rewarm again: pip install --upgrade rewarm", partial(machine.libraries, recipe)
    )
    yield attempt("devices", "Install PyTorch as pytorch.org describes.", partial(machine.devices, recipe))
    yield attempt("memory", _DAMAGED, partial(machine.memory, recipe, model))
    yield attempt("disk", "Correct the recipe.", partial(machine.disk, recipe, model, run_root))
    if model is None:
        return
    tested = ModelUnderTest(model, recipe)
    yield attempt("model", _DAMAGED, tested.reads)
    yield attempt("loss head", UNCHECKED, tested.loss_head)
    yield attempt("packed documents", UNCHECKED, tested.isolation)
    yield attempt("accumulation", UNCHECKED, tested.accumulation)
    yield attempt("tokenizer", _DAMAGED, partial(tokenizer.ends_and_round_trip, model, recipe))
    yield attempt("special tokens", _DAMAGED, partial(tokenizer.special_tokens_in_text, model))
