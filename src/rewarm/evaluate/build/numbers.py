"""Numbers with their unit: "三十日", "百分之五", "20 mg", "six months".

In English the unit is the word behind the number, whatever it is: a unit without other numbers in the corpus
has no distractors and drops out by itself. Dates, ordinals, list numbers and years are no quantities.
"""

import math
import re
from collections.abc import Iterator

from rewarm.evaluate.build.found import Found
from rewarm.text.facts import chinese_number


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_ENGLISH = re.compile(
    rf"(?<![\w.,:/$-])(?P<number>{_DIGITS}|(?:{'|'.join(_WORDS)})\b)(?P<gap>[ -]?)"
    r"(?P<unit>%|°\s?[CF]\b|[A-Za-zµ]+(?:/[A-Za-z]+)?)(?![\w-])",
    re.IGNORECASE,
)
# Not a unit: what joins a number to something else, and names of months.
_NO_UNIT = _words(
    "and or to of in on at by for from with the a an is are was were as than if when but that which who may "
    "can will has have had not no per st nd rd th am pm bc ad january february march april june july august "
    "september october november december jan feb mar apr jun jul aug sep sept oct nov dec other more less"
)
_CHINESE_DIGITS = r"[零〇一二两三四五六七八九十百千万亿]+"
_UNITS = (
    "个工作日|工作日|个小时|个月|周岁|小时|分钟|平方米|立方米|平方公里|公里|千米|厘米|毫米|毫克|毫升|公斤|千克|"
    "万元|亿元|美元|秒|年|日|天|周|岁|元|倍|人|名|次|吨|克|升|米|度|℃|%|％|‰"
)
_CHINESE = re.compile(
    rf"(?<![A-Za-z0-9_第零〇一二两三四五六七八九十百千万亿.月])(?P<number>{_DIGITS}|{_CHINESE_DIGITS})"
    rf"\s?(?P<unit>{_UNITS})(?![月日\d一二三四五六七八九十])"
)
_PERCENT = re.compile(rf"(?P<unit>百分之)(?P<number>{_DIGITS}|{_CHINESE_DIGITS})")
# 一人, 一次: "one" as often as "a".
_ARTICLE_LIKE = frozenset("人名次度")


def find(text: str) -> Iterator[Found]:
    """Numbers with units in a sentence."""
    for match in _PERCENT.finditer(text):
        yield from _found(match, "百分之")
    for match in _CHINESE.finditer(text):
        unit, number = match["unit"], match["number"]
        year = unit == "年" and len(number) == 4 and not set(number) & set("十百千万亿")
        if not year and not (unit in _ARTICLE_LIKE and number == "一"):
            yield from _found(match, unit)
    for match in _ENGLISH.finditer(text):
        unit = match["unit"].lower()
        if unit not in _NO_UNIT and not (unit.isalpha() and len(unit) < 2 and unit not in "glmk"):
            yield from _found(match, unit.rstrip("s") or unit)


def _found(match: re.Match[str], unit: str) -> Iterator[Found]:
    number = match["number"]
    style = "digits" if number[0].isdigit() else "words"
    value = _value(number)
    if value:
        shape = f"{style}{match['gap'] if 'gap' in match.re.groupindex else ''}"
        yield Found(*match.span(), f"{unit}|{shape}", f"{unit}|{value:g}", math.log10(value))


def _value(number: str) -> float:
    lower = number.lower()
    if lower in _WORDS:
        return float(_WORDS[lower])
    return float(number.replace(",", "")) if number[0].isdigit() else float(chinese_number(number))
