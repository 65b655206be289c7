"""Is a paragraph prose, or does it name something?

A manual, an interface description or a statute defines things by layout: a heading, a numbered article, an
option or a field with its explanation, an item of a list, a row of a table, a block of code. Layout shows in
the shape of lines, in any language:

* a line that names something is short and ends without a stop, or begins with a number, a bullet, a dash
  or a label (`Tags: …`, `Status：…`, `**Term** …`);
* an explanation under a name is indented deeper than the name;
* rows and code have ragged lines, columns, or many signs.

A paragraph without any of these is prose. When in doubt it is not: what is no prose is masked instead of
cut, which costs some compute and loses nothing.
"""

import re

# Bounded repeats only: linear on any text.
ITEM = re.compile(
    r"[\s>]{0,16}(?:[\"“「『*_`#|:]|[-+•·●○▪‣–—]|<[a-zA-Z/]|[(（\[【][^)）\]】\n]{1,24}[)）\]】]|"
    r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,4}[.)）、:：]|[a-zA-Z]{1,2}[.)）]\s|[ivxIVX]{1,5}[.)）]\s|"
    r"[一二三四五六七八九十百]{1,4}[、.．)）]|[①-⑳]|"
    r"第[一二三四五六七八九十百千零〇0-9]{1,9}[编編章节節条條款项項]|"
    r"(?:Article|Section|Chapter|Sec\.|Art\.|§)\s?[0-9IVX])"
)
# A name of up to five words or sixteen Han characters, then a colon or a spaced dash.
_LABEL = re.compile(
    r"\s{0,16}(?:[^\s:：。，；,;.!?]{1,40} ){0,4}[^\s:：。，；,;!?]{1,40} ?(?:[:：]|[–—-]{1,2}\s)"
)
STOPS = (*".!。！…", *(stop + quote for stop in ".!。！" for quote in "\"'”’」』）)"))
_STOP = re.compile(r"[.!?][\"'”’)\]]{0,3}(?=\s|$)|[。！？]")
_MARKUP = frozenset("{}()[]=<>;\\_$#|&^~`")
# Share of such characters beyond which a text is code, markup or formulae; prose has a tenth of it.
_MOST_MARKUP = 0.05
# A line of less than this share of its paragraph's widest ends there for a reason.
_RAGGED = 0.6
_COLUMNS = re.compile(r"\S(?:\t|\s{3,20})\S")


def is_prose(paragraph: str) -> bool:
    """paragraph: lines without a blank one, either wrapped or each a paragraph of its own."""
    lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
    if not lines or not lines[-1].endswith(STOPS) or is_markup(paragraph):
        return False
    if any(ITEM.match(line) or _LABEL.match(line) or _COLUMNS.search(line) for line in lines):
        return False
    if any(indent(line) > indent(lines[0]) for line in lines):
        return False
    widest = max(map(len, lines))
    return all(len(line) >= _RAGGED * widest or line.endswith(STOPS) for line in lines[:-1])


def sentences(paragraph: str) -> int:
    """How many stops end something in it."""
    return len(_STOP.findall(paragraph))


def names_something(paragraph: str) -> bool:
    """It begins with an item's mark or a label: an option, a numbered section, a field."""
    line = paragraph.lstrip("\n").split("\n")[0]
    return bool(ITEM.match(line) or _LABEL.match(line))


def indent(line: str) -> int:
    """Of the spaces before a line; the two wide ones that begin a Chinese paragraph are none."""
    return len(line) - len(line.lstrip(" \t"))


def is_markup(text: str) -> bool:
    """Whether characters of markup are more of the text than `_MOST_MARKUP`, a share."""
    return sum(letter in _MARKUP for letter in text) > _MOST_MARKUP * len(text)
