"""Would a reader notice that a passage is gone?

A paragraph of prose can go where nothing around leans on it. A part of one, a wrapped line, an item of a
list, what a colon announced or a question asked, a paragraph of a numbered article or of a quotation, a
block of code cannot: the list would be short of an item, the article would say something else, the program
would not run. `trim.action: auto` cuts the former and leaves the latter as context without loss.
"""

import re
from itertools import islice

from rewarm.data.trim.cuts import Cut
from rewarm.data.trim.pieces import LINE

_NEAR = 240
# Bounded repeats only: linear on any text.
_ITEM = re.compile(
    r"[\s>]{0,8}(?:[\"“「『]|[-*+•·●○▪‣–—]\s|[(（]?[0-9a-zA-Z]{1,3}[.)）、](?:\D|$)|"
    r"[(（][一二三四五六七八九十百]{1,4}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳])"
)
_ARTICLE = re.compile(
    r"(?m)^[ \t\u3000]{0,8}(?:第[一二三四五六七八九十百千零〇0-9]{1,9}[条條章节]|条目[一二三四五六七八九十]|"
    r"(?:Article|Section|Sec\.|Art\.|§)\s?\d)"
)
# Not a question: what stands below is its answer.
_STOPS = (*".!。！…", *(stop + quote for stop in ".!。！" for quote in "\"'”’」』）)"))
_LEANING = (":", "：", ",", "，", "、", "?", "？")
_MARKUP = frozenset("{}()[]=<>;\\_$#|&^~`")
# Share of such characters beyond which a text is code, markup or formulae; prose has a tenth of it.
_MOST_MARKUP = 0.05
# So many lines that begin an article make a text of articles.
_ARTICLES = 3


def of_articles(text: str) -> bool:
    """A statute, a contract: lines belong to the numbered article above them."""
    return sum(1 for _ in islice(_ARTICLE.finditer(text), _ARTICLES)) == _ARTICLES


def leaves_gap(content: bytes, cut: Cut, articles: bool) -> bool:
    """content: the document; articles: it is one of articles."""
    if cut.begins != LINE or cut.ends != LINE:
        return True
    before = content[max(0, cut.start - _NEAR) : cut.start].decode(errors="ignore")
    gone = content[cut.start : min(cut.end, cut.start + 10 * _NEAR)].decode(errors="ignore")
    end = content[max(cut.start, cut.end - _NEAR) : cut.end].decode(errors="ignore")
    behind = content[cut.end : cut.end + _NEAR].decode(errors="ignore")
    if _ITEM.match(gone) or _ITEM.match(behind) or _is_markup(gone):
        return True
    if articles and not (_ARTICLE.match(gone) and (not behind.strip() or _ARTICLE.match(behind))):
        return True
    # A first line may be a title, which ends without a stop.
    titled = cut.start < _NEAR and "\n" not in before.strip()
    opens = _closed(before, gone) or (titled and not before.rstrip().endswith(_LEANING))
    return not (opens and (not behind.strip() or _closed(end, behind)))


def _closed(before: str, behind: str) -> bool:
    """Nothing goes on from one side of a bound between lines to the other: a blank line, the text's end, or
    a full stop."""
    left = before.rstrip()
    spaces = before[len(left) :] + behind[: len(behind) - len(behind.lstrip())]
    return not left.endswith(_LEANING) and (not left or spaces.count("\n") > 1 or left.endswith(_STOPS))


def _is_markup(text: str) -> bool:
    return sum(letter in _MARKUP for letter in text) > _MOST_MARKUP * len(text)
