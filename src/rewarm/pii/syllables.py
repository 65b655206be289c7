"""Chinese given names in Latin letters: syllables of pinyin, and those of Hong Kong."""

import re

from rewarm.pii.name_lists import words

_FINAL = (
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|"
    "ui|un|uo|ve|[aeiouv])"
)
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?{_FINAL}"
_CANTONESE = frozenset(words("cantonese_syllables"))
_SYLLABLES = re.compile(rf"{_SYLLABLE}(?:-?{_SYLLABLE})?", re.I)


def is_syllables(word: str) -> bool:
    """Whether a word is one or two syllables of pinyin or one of Hong Kong's, as Chinese given names are."""
    return word.capitalize() in _CANTONESE or _SYLLABLES.fullmatch(word) is not None
