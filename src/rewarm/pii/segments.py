"""Chinese text cut into words: a run of Chinese characters at a time, by rjieba's dictionary.

Unknown words fall apart into single characters; that is what a name looks like to a dictionary. Brands,
drugs, places and phrases that look like names, and the labels and titles that stand beside names, are
added as words. Loading takes 0.3 s, once a process.
"""

import re
from functools import cache, lru_cache

import rjieba

from rewarm.pii.name_lists import packed, words
from rewarm.pii.places import CITIES, PROVINCES

HAN_RUN = re.compile("[\u4e00-\u9fff]+")


@cache
def _jieba() -> rjieba.Jieba:
    jieba = rjieba.Jieba()
    added = {
        *packed("chinese_no_names"),
        *packed("chinese_famous"),
        *(word for word in packed("chinese_phrases") if len(word) > 1),
        *PROVINCES,
        *CITIES,
        *(word for word in words("chinese_person_labels") if len(word) > 1),
        *(word for word in words("chinese_titles") if len(word) > 1),
    }
    for word in sorted(added):
        if len(word) > 1 and not jieba.has_word(word):
            jieba.add_word(word, jieba.suggest_freq(word), "nz")
    return jieba


def cut(run: str) -> list[str]:
    """The words of a run of Chinese characters, in order; together they are the run."""
    found: list[str] = _jieba().cut(run, False)
    return found


def is_word(text: str) -> bool:
    """Whether the dictionary has the characters as a word."""
    return bool(_jieba().has_word(text))


@lru_cache(maxsize=200_000)
def kind_of(word: str) -> str:
    """The part of speech that the dictionary gives a word: `nr` for names; "" if it is none."""
    if not is_word(word):
        return ""
    tagged = _jieba().tag(word, False)
    return str(tagged[0][1]) if len(tagged) == 1 else ""
