"""Would a reader notice that a passage is gone?

Whole lines can go where nothing around them leans on them. A part of a paragraph, an item of a list, what
a colon announced, a paragraph of a numbered article cannot: the list would be short of an item, the article
would say something else. `trim.action: auto` cuts the former and leaves the latter as context without loss.
"""

import re
from itertools import islice

from rewarm.data.trim.cuts import Cut
from rewarm.data.trim.pieces import LINE

_NEAR = 240
# Bounded repeats only: linear on any text.
_ITEM = re.compile(
    r"[\s>\"'“「]{0,8}(?:[-*+•·●○▪‣–—]\s|[(（]?[0-9a-zA-Z]{1,3}[.)）、](?:\D|$)|"
    r"[(（][一二三四五六七八九十百]{1,4}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳])"
)
_ARTICLE = re.compile(
    r"(?m)^[ \t\u3000]{0,8}(?:第[一二三四五六七八九十百千零〇0-9]{1,9}[条條章节]|"
    r"(?:Article|Section|Sec\.|Art\.|§)\s?\d)"
)
# So many lines that begin an article make a text of articles.
_ARTICLES = 3


def of_articles(text: str) -> bool:
    """A statute, a contract: lines belong to the numbered article above them."""
    return sum(1 for _ in islice(_ARTICLE.finditer(text), _ARTICLES)) == _ARTICLES


def leaves_gap(content: bytes, cut: Cut, articles: bool) -> bool:
    """content: the document; articles: it is one of articles."""
    if cut.begins != LINE or cut.ends != LINE:
        return True
    before = content[max(0, cut.start - _NEAR) : cut.start].decode(errors="ignore").rstrip()
    gone = content[cut.start : cut.start + _NEAR].decode(errors="ignore")
    end = content[max(cut.start, cut.end - _NEAR) : cut.end].decode(errors="ignore").rstrip()
    behind = content[cut.end : cut.end + _NEAR].decode(errors="ignore")
    if before.endswith((":", "：")) or end.endswith((":", "：")):
        return True
    if _ITEM.match(gone) or _ITEM.match(behind):
        return True
    return articles and not (_ARTICLE.match(gone) and (not behind.strip() or _ARTICLE.match(behind)))
