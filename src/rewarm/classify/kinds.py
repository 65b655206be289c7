"""The kinds of classifiers by name."""

from rewarm.classify.encoder import EncoderLearner
from rewarm.classify.fasttext_model import FastTextLearner
from rewarm.classify.learner import Learner, Texts
from rewarm.classify.reading import Reading
from rewarm.classify.words import WordLearner
from rewarm.errors import RewarmError

KINDS = ("words", "fasttext", "encoder")


def learner(kind: str, texts: Texts, encoder: str | None = None) -> Learner:
    """Texts prepared for a kind. encoder: the model of the kind `encoder`.

    Raises RewarmError for what is not installed, or an encoder that is not named.
    """
    if (kind == "encoder") != (encoder is not None):
        raise RewarmError("--kind encoder and --encoder go together: name the model, or leave both out")
    if kind == "fasttext":
        return FastTextLearner(texts)
    return EncoderLearner(texts, encoder) if encoder is not None else WordLearner(texts, Reading())
