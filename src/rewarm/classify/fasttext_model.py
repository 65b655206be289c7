"""Classifier of fastText: mean vectors of words and n-grams, and a linear layer (Joulin et al. 2016,
1607.01759).

Needs `rewarm[fasttext]`. Its file is the bytes that fastText writes, inside the same safetensors file as
other classifiers; fastText reads them in C++, so take such files from people whom you trust. Chinese
characters are separated by spaces, since fastText knows no other words.
"""

import re
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rewarm.classify.learner import Model, Texts
from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from fasttext.FastText import _FastText

_HAN = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_CHARACTERS = 6000
_LABEL = "__label__"
# A probability of 0 has no logarithm.
_LEAST = 1e-7
# Of the command line of fastText but for the rate and epochs: few seeds need more passes.
_SETTINGS = {"lr": 0.5, "epoch": 25, "wordNgrams": 2, "dim": 64, "bucket": 200_000, "minCount": 1}


class FastTextModel:
    """content: uint8 [bytes], the file that fastText writes; classes: how many there are."""

    kind = "fasttext"

    def __init__(self, content: np.ndarray, classes: int) -> None:
        self._content, self._classes = content, classes

    @cached_property
    def _model(self) -> "_FastText":
        with tempfile.TemporaryDirectory(prefix="rewarm-") as folder:
            path = Path(folder, "model.bin")
            path.write_bytes(self._content.tobytes())
            found: _FastText = _module().load_model(str(path))
            return found

    def scores(self, texts: Texts) -> np.ndarray:
        """float32 [documents, classes]: logarithms of fastText's probabilities."""
        return self.of_lines([_line(text) for text in texts.to_pylist()])

    def of_lines(self, lines: Sequence[str]) -> np.ndarray:
        """The same of texts that are lines already."""
        found = np.full((len(lines), self._classes), _LEAST, np.float32)
        if lines:
            labels, chances = self._model.predict(list(lines), k=-1)
            for row, (names, values) in enumerate(zip(labels, chances, strict=True)):
                places = [int(name.removeprefix(_LABEL)) for name in names]
                found[row, places] = np.maximum(np.asarray(values, np.float32), _LEAST)
        logarithms: np.ndarray = np.log(found)
        return logarithms

    def tensors(self) -> dict[str, np.ndarray]:
        return {"fasttext": self._content}

    def settings(self) -> dict[str, Any]:
        return {}


class FastTextLearner:
    """Texts as lines. Raises RewarmError where fastText is not installed."""

    def __init__(self, texts: Texts) -> None:
        _module()
        self._lines = [_line(text) for text in texts.to_pylist()]

    def fit(self, wanted: np.ndarray, places: np.ndarray, classes: int, seed: int) -> FastTextModel:
        """Train in one thread: more give another model each time."""
        with tempfile.TemporaryDirectory(prefix="rewarm-") as folder:
            lines = Path(folder, "train.txt")
            lines.write_text(
                "".join(f"{_LABEL}{wanted[place]} {self._lines[place]}\n" for place in places),
                encoding="utf-8",
            )
            model = _module().train_supervised(
                input=str(lines), seed=seed, thread=1, verbose=0, loss="softmax", **_SETTINGS
            )
            path = Path(folder, "model.bin")
            model.save_model(str(path))
            return FastTextModel(np.frombuffer(path.read_bytes(), np.uint8), classes)

    def scores(self, model: Model, places: np.ndarray) -> np.ndarray:
        assert isinstance(model, FastTextModel)
        return model.of_lines([self._lines[place] for place in places])


def _line(text: str) -> str:
    spaced = _HAN.sub(r" \1 ", text[:_CHARACTERS].casefold())
    # What looks like a label of fastText's would become one.
    return " ".join(spaced.split()).replace(_LABEL, "label") or "empty"


def _module() -> Any:  # noqa: ANN401
    try:
        import fasttext
    except ImportError:
        raise RewarmError(
            "--kind fasttext: fastText is not installed; pip install 'rewarm[fasttext]', or use --kind words"
        ) from None
    return fasttext
