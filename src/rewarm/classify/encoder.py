"""Classifier on a sentence encoder: mean hidden states of a BERT-class model, frozen, and a linear layer.

Meaning rather than words, for labels that a few hundred seeds cannot tie to words, at a hundred times the
cost of `words` (FineWeb-Edu froze its encoder likewise, 2406.17557). The file holds the layer; the encoder
stays where it is and is named with a hash of its files.
"""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.classify.learner import Model, Texts
from rewarm.corpus.io.fingerprint import sha256
from rewarm.engine.progress import progress
from rewarm.errors import RewarmError

_TOKENS, _BATCH = 256, 32
_PENALTY = 1e-3
_STEPS = 60


class Encoder:
    """A model folder, or a hub id, that transformers loads as an encoder."""

    def __init__(self, name: str) -> None:
        self.name = str(Path(name).expanduser().absolute()) if Path(name).expanduser().exists() else name

    @cached_property
    def identity(self) -> str:
        """Changes with the files of a folder; the name of a hub model."""
        folder = Path(self.name)
        if not folder.is_dir():
            return self.name
        files = sorted(one for one in folder.iterdir() if one.is_file() and one.suffix != ".md")
        parts = [f"{one.name}:{digest}" for one, digest in zip(files, sha256(files), strict=True)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModel, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(self.name, trust_remote_code=False)
            model = AutoModel.from_pretrained(self.name, trust_remote_code=False, use_safetensors=True)
        except (OSError, ValueError) as error:
            first = str(error).strip().split("\n")[0]
            raise RewarmError(
                f"encoder {self.name}: cannot be loaded ({first}); give a folder with config.json, "
                "tokenizer and safetensors, or a hub id"
            ) from None
        return tokenizer, model.eval()

    def vectors(self, texts: list[str]) -> np.ndarray:
        """float32 [texts, width]: the mean hidden state of the first 256 tokens, of length 1."""
        import torch

        tokenizer, model = self._loaded
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found = np.zeros((len(texts), model.config.hidden_size), np.float32)
        with torch.inference_mode(), progress("encode", total=len(texts), unit="text") as bar:
            for start in range(0, len(order), _BATCH):
                places = order[start : start + _BATCH]
                given = tokenizer(
                    [texts[place][: 12 * _TOKENS] for place in places],
                    padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt",
                )  # fmt: skip
                hidden = model(**given).last_hidden_state
                weight = given["attention_mask"].unsqueeze(-1)
                mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)
                found[places] = torch.nn.functional.normalize(mean, dim=-1).numpy()
                bar.update(len(places))
        return found


class EncoderModel:
    """weights: float32 [width, classes]; bias: float32 [classes]."""

    kind = "encoder"

    def __init__(self, encoder: Encoder, weights: np.ndarray, bias: np.ndarray) -> None:
        self.encoder, self.weights, self.bias = encoder, weights, bias

    def scores(self, texts: Texts) -> np.ndarray:
        """float32 [documents, classes] before the softmax."""
        return self.of_vectors(self.encoder.vectors(texts.to_pylist()))

    def of_vectors(self, vectors: np.ndarray) -> np.ndarray:
        """The same of texts that are encoded already."""
        found: np.ndarray = vectors @ self.weights + self.bias
        return found

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights, "bias": self.bias}

    def settings(self) -> dict[str, Any]:
        return {"encoder": self.encoder.name, "encoder_identity": self.encoder.identity}


class EncoderLearner:
    """Texts as vectors."""

    def __init__(self, texts: Texts, encoder: str) -> None:
        self._encoder = Encoder(encoder)
        self._vectors = self._encoder.vectors(texts.to_pylist())

    def fit(self, wanted: np.ndarray, places: np.ndarray, classes: int, seed: int) -> EncoderModel:
        """Logistic regression with a penalty on the weights, to its minimum: the seed has no effect."""
        import torch

        given, right = torch.from_numpy(self._vectors[places]), torch.from_numpy(wanted[places])
        weights = torch.zeros(given.shape[1], classes, requires_grad=True)
        bias = torch.zeros(classes, requires_grad=True)
        optimizer = torch.optim.LBFGS([weights, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimizer.zero_grad()
            found = torch.nn.functional.cross_entropy(given @ weights + bias, right)
            found = found + _PENALTY * weights.square().sum() / 2
            found.backward()  # type: ignore[no-untyped-call]
            return found

        optimizer.step(loss)  # type: ignore[no-untyped-call]
        return EncoderModel(self._encoder, weights.detach().numpy(), bias.detach().numpy())

    def scores(self, model: Model, places: np.ndarray) -> np.ndarray:
        assert isinstance(model, EncoderModel)
        return model.of_vectors(self._vectors[places])


def opened(path: Path, about: dict[str, Any], tensors: dict[str, np.ndarray]) -> EncoderModel:
    """The model of a file. Raises RewarmError where the encoder has other files than it was trained with."""
    encoder = Encoder(about["encoder"])
    if encoder.identity != about["encoder_identity"]:
        raise RewarmError(
            f"{path}: was trained on the encoder {encoder.name}, which is not there or has other files now; "
            "put it back, or train the classifier again"
        )
    return EncoderModel(encoder, tensors["weights"], tensors["bias"])
