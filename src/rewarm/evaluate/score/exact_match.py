"""Whether a generated answer is one of the accepted ones.

A number is compared as a number: the last one in the answer, as chains of thought end with the result. Other
answers are compared without case, punctuation and space at the ends, first line only: a base model goes on
writing after its answer.
"""

import re
import unicodedata
from collections.abc import Sequence

_NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?")
_MARKS = re.compile(r"(?:正确答案|答案)\s*(?:是|为)?\s*[:：]?|\[正确答案\]|<eoa>", re.IGNORECASE)


def matches(answer: str, accepted: Sequence[str]) -> bool:
    """Whether `answer` equals one of the accepted texts, after normalising both."""
    return any(_matches(answer, text) for text in accepted)


def _matches(answer: str, accepted: str) -> bool:
    wanted = _NUMBER.fullmatch(accepted.strip())
    if wanted:
        numbers = _NUMBER.findall(unicodedata.normalize("NFKC", answer))
        return bool(numbers) and _value(numbers[-1]) == _value(wanted[0])
    lines = answer.strip().splitlines()
    return bool(lines) and _plain(lines[0]) == _plain(accepted) != ""


def _value(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-"))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", _MARKS.sub(" ", text)).casefold()
    return " ".join(re.sub(r"^[\W_]+|[\W_]+$", "", word) for word in text.split()).strip()
