"""What of a tokenizer.json says how its merges were counted: the merges in order, and how text is cut."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Pair = tuple[str, str]


def merges(path: Path) -> list[Pair]:
    """Of a tokenizer.json, in the order in which they were learnt.

    Raises RewarmError for a file that is no JSON, and for a tokenizer that is not byte-pair encoding.
    """
    try:
        model = json.loads(path.read_text("utf-8")).get("model") or {}
    except (ValueError, AttributeError, OSError) as error:
        raise RewarmError(f"{path}: cannot be read as a tokenizer.json ({error})") from error
    if model.get("type") != "BPE" or not model.get("merges"):
        raise RewarmError(
            f"{path}: model.type is {model.get('type')!r} with {len(model.get('merges') or [])} merges; the "
            "order of merges tells about the training text, so this needs a BPE tokenizer"
        )
    # Older files hold "a b", newer ones ["a", "b"].
    pairs = [one.split(" ", 1) if isinstance(one, str) else one for one in model["merges"]]
    return [(first, second) for first, second in pairs]


def counted(tokenizer: "Tokenizer", texts: Iterable[str]) -> tuple[Counter[str], int]:
    """The words between which no merge crosses, with their counts, and the size of the texts in bytes."""
    words: Counter[str] = Counter()
    size = 0
    for text in texts:
        size += len(text.encode("utf-8", "replace"))
        plain = tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text
        if tokenizer.pre_tokenizer is None:
            # Converted from SentencePiece: a word begins at its mark for a space.
            words.update(f"▁{part}" for part in plain.replace(" ", "▁").split("▁") if part)
        else:
            words.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(plain))
    return words, size
