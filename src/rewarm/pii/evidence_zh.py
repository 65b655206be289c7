"""Log odds that a run of Chinese words is the full name of a person.

The features are the surname, the characters of the given name, how the dictionary cuts and tags them,
what stands before (a label, a verb that takes a person) and behind (a title, an act, an age, a mark).
The weights are a logistic regression over the labelled sentences of the tests and four corpora in
which nearly nobody is named (statutes, API descriptions, manuals, restaurant dialogues; 233,000
candidates, 740 of them names), with an L2 penalty of 0.3.
"""

from functools import cache, lru_cache
from math import inf
from typing import NamedTuple

from rewarm.pii.name_lists import COMMON_GIVEN, COMPOUND, GIVEN, SELDOM_GIVEN, SURNAMES, packed, words
from rewarm.pii.segments import kind_of

LISTED_SURNAMES = frozenset(SURNAMES + "".join(words("chinese_surnames_rare")))
ALL_SURNAMES = LISTED_SURNAMES | frozenset("".join(words("chinese_surnames_any")))
COMPOUNDS = frozenset(COMPOUND)
# Surnames that are hardly anything else.
ONLY_SURNAMES = frozenset("".join(words("chinese_only_surnames")))
LABELS = frozenset(words("chinese_person_labels")) - {"是", "找", "姓"}
# 居民代表 and 行业专家 are no persons.
TITLES = frozenset(words("chinese_titles")) - {"代表", "专家", "学者", "作家", "领导", "委员", "中介", "客服"}
NO_PERSONS = frozenset(words("chinese_no_persons"))
_FREQUENT = frozenset(SURNAMES[:100])
# Surnames that are also verbs, prepositions or measures: 向|慈善|组织, 于|国旗.
_GRAMMAR = frozenset("于向应对从和同连由得占付时包管当党方全能成米任将把被让给叫有无多全令")
_BEFORE = frozenset(words("chinese_before_names"))
_ACTS = frozenset(words("chinese_after_names")) | frozenset("编著译摄绘")
# No given name ends so: 斯洛伐|克语, 文生图.
_PARTICLES = frozenset("了吗呢吧的和与是在么语图版型类称")
_PLACE_ENDS = frozenset(
    "店院园路街道馆站桥村镇寺庙厂岛湾省区县郡州峡邑堡语帝称型类款版山江河湖海洋宫殿门楼塔城国"
)
_BETWEEN = " ：:（(）)|“\"'，,=／/\t　<>"
_MARKS = {"，": "comma", ",": "comma", "：": "colon", ":": "colon", "（": "paren", "(": "paren",
          "。": "stop", "、": "list"}  # fmt: skip

_TELLS = ("l_labelled", "l_label_mark", "r_described")

# Behind a label any word may follow a name, which weighs less against it than elsewhere: 患者韦昌盛|昨日.
TOLD = 1.6
# The most that a side can add.
MOST_LEFT, MOST_RIGHT = 3.0 + TOLD, 3.3
BIAS = -3.0
WEIGHTS = {
    "s_compound": 2.2, "s_frequent": -0.4, "s_grammar": -3.2, "s_listed": -0.1, "s_only": 2.9,
    "s_only_frequent": 1.3, "s_rare": -2.6,
    "doubled": 3.2, "g_common": 2.6, "g_given": 0.4, "g_odd": -2.8, "g_seldom": 0.2, "len1": -0.3,
    "len2": 0.4,
    "famous": -2.5, "joined": -2.5, "place_end": -1.4, "whole2": -2.5, "whole2_nr": -1.4,
    "whole2_ns": -0.3, "whole3": -3.8, "whole3_nr": -2.6, "whole3_ns": -1.3, "word_a": -0.9,
    "word_n": -1.1, "word_nr": 1.7, "word_other": -2.7, "word_v": -3.1,
    "l_before": -0.4, "l_before1": 0.5, "l_char": -2.3, "l_comma": -0.2, "l_end": -1.5, "l_label": 2.8,
    "l_label_mark": 3.0, "l_labelled": 1.7, "l_mark": 0.4, "l_other": -0.3, "l_paren": -1.1,
    "l_title": -0.2, "l_word": -2.4,
    "r_act": 0.9, "r_act1": 0.4, "r_char": -3.1, "r_colon": 0.7, "r_comma": 1.8, "r_described": 3.3,
    "r_end": 1.1, "r_list": 0.3, "r_mark": 0.2, "r_of": 0.1, "r_paren": -0.4, "r_place": -4.9,
    "r_stop": 0.3, "r_title": 1.8, "r_word": -2.4,
}  # fmt: skip


CUES_BEFORE, CUES_BEHIND = LABELS | TITLES | _BEFORE, TITLES | _ACTS


class Words(NamedTuple):
    """A run of Chinese characters that begins at `begin` of a text, cut into words; places: where each
    word begins in the run, and the run's length."""

    begin: int
    tokens: list[str]
    places: list[int]


@cache
def famous() -> frozenset[str]:
    """Persons whom everybody knows."""
    return frozenset(packed("chinese_famous"))


@cache
def brands() -> frozenset[str]:
    """Brands, drugs and places that are called like a person."""
    return frozenset(packed("chinese_no_names"))


@lru_cache(maxsize=200_000)
def prior(*parts: str) -> float:
    """What the words of a candidate say by themselves, without the bias; -inf where they can be nobody."""
    value = "".join(parts)
    family = 2 if value[:2] in COMPOUNDS else 1
    surname, given = value[:family], value[family:]
    if not given or given[-1] in _PARTICLES or value in NO_PERSONS or value in brands():
        return -inf
    if given in TITLES or any(word in TITLES or word in LABELS for word in parts if len(word) > 1):
        return -inf
    features = [surname_class(surname), f"len{len(given)}", *(f"g_{given_class(letter)}" for letter in given)]
    if len(given) == 2 and given[0] == given[1]:
        features.append("doubled")
    if len(parts) == 1:
        tag = kind_of(value)[:2]
        if tag[:1] == "t":  # 周一
            return -inf
        features.append(f"whole{len(value)}" + (f"_{tag}" if tag in ("nr", "ns") else ""))
    elif len(parts[0]) > family:
        if kind_of(parts[0])[:1] == "t":  # 周五|前
            return -inf
        features.append("joined")
    elif len(given) == 2 and len(parts[-1]) == 2:
        tag = kind_of(given)
        features.append("word_" + ("nr" if tag[:2] == "nr" else tag[:1] if tag[:1] in "vna" else "other"))
    if value in famous():
        features.append("famous")
    if given[-1] in _PLACE_ENDS and given[-1] not in COMMON_GIVEN:
        features.append("place_end")
    return sum(WEIGHTS.get(name, 0.0) for name in features)


@lru_cache(maxsize=200_000)
def left_of(word: str) -> float:
    """Log-odds that the word before a candidate adds to its being a name."""
    return WEIGHTS.get("l_" + _word_before(word), 0.0)


@lru_cache(maxsize=200_000)
def right_of(word: str, told: bool = False) -> float:
    """Log-odds that the word behind a candidate adds; told: whether a label stands before the candidate."""
    kind = _word_after(word)
    return WEIGHTS.get("r_" + kind, 0.0) + (TOLD if told and kind in ("word", "char") else 0.0)


def at_edge(text: str, start: int, end: int, before: str, behind: str) -> tuple[float, float, bool]:
    """What stands on either side of a candidate that begins or ends a run of Chinese characters (where
    it does not, the word beside it is given); whether one of them tells that a person stands here."""
    left = "" if before else "l_" + _mark_before(text, start)
    right = "" if behind else "r_" + _mark_after(text[end : end + 8])
    told = before in LABELS if before else left in _TELLS
    return (
        left_of(before) if before else WEIGHTS.get(left, 0.0),
        right_of(behind, told) if behind else WEIGHTS.get(right, 0.0),
        left in _TELLS or right in _TELLS,
    )


def surname_class(surname: str) -> str:
    """Feature of the name model: how likely the characters are a surname and nothing else."""
    if len(surname) == 2:
        return "s_compound"
    if surname in _GRAMMAR:
        return "s_grammar"
    if surname in ONLY_SURNAMES:
        return "s_only_frequent" if surname in _FREQUENT else "s_only"
    return "s_frequent" if surname in _FREQUENT else "s_listed" if surname in SURNAMES else "s_rare"


def given_class(letter: str) -> str:
    """Feature of the name model: how common a character is in given names."""
    if letter in COMMON_GIVEN:
        return "common"
    return "given" if letter in GIVEN else "seldom" if letter in SELDOM_GIVEN else "odd"


def _word_before(word: str) -> str:
    if word in LABELS:
        return "label"
    if word in TITLES:
        return "title"
    if word in _BEFORE:
        return "before" if len(word) > 1 else "before1"
    return "word" if len(word) > 1 else "char"


def _mark_before(text: str, at: int) -> str:
    back = text[max(0, at - 16) : at]
    if not back.strip() or back[-1] == "\n":
        return "start"
    bare = back.rstrip(_BETWEEN)
    mark = back[len(bare) :].replace("：", ":")
    if label_before(bare.replace(" ", "").replace("　", "")):
        return "labelled" if ":" in mark else "label_mark"
    mark = mark.strip()
    if not mark and bare:
        return "end" if bare[-1] in "。！？!?；;" else "list" if bare[-1] == "、" else "other"
    return _MARKS.get(mark[-1:], "mark")


def label_before(bare: str) -> str:
    """The label of a person that a text ends with, or ""."""
    for size in (7, 6, 5, 4, 3, 2):
        if bare[-size:] in LABELS:
            return bare[-size:]
    return ""


def _word_after(word: str) -> str:
    if word in TITLES:
        return "title"
    if word in _ACTS:
        return "act" if len(word) > 1 else "of" if word == "的" else "act1"
    if word[0] in _PLACE_ENDS or word[-1] in _PLACE_ENDS:
        return "place"
    return "word" if len(word) > 1 else "char"


def _mark_after(rest: str) -> str:
    if not rest or rest[0] == "\n":
        return "end"
    if rest[0] in "，,（(" and rest[1:2] and (rest[1] in "男女" or (rest[0] in "（(" and (
        rest[1].isdigit() or rest[1] in "身电手"
    ))):  # fmt: skip
        return "described"
    rest = rest.lstrip()
    return "digit" if rest[:1].isdigit() else _MARKS.get(rest[:1], "mark")


def before_names(word: str) -> bool:
    """Whether a word takes a person: 和, 让, 通知."""
    return word in _BEFORE


def acts(word: str) -> bool:
    """Whether a word says what a person does or has: 说, 表示, 的."""
    return word in _ACTS
