"""Would a reader notice that a passage is gone?

A paragraph of prose can go where it stands among prose: a blank line or an end of the text on both sides,
prose before it, at the left margin, and not in the explanation of an item. Everything else stays as context
without loss: part of a paragraph, what a colon announced or a question asked, and whatever defines something
(`prose.py`): headings, articles, options, fields, items, rows, code, values, and the first paragraph under
any of them, which explains it. A text whose paragraphs are lines, as Chinese texts are, has no blank lines;
there the lines around must be prose too, up to the title.
"""

import re
from itertools import islice

from rewarm.data.trim.cuts import Cut
from rewarm.data.trim.pieces import LINE
from rewarm.data.trim.prose import indent, is_prose, names_something, sentences

# Bytes on either side that are looked at.
_NEAR = 4096
_BLANK = re.compile(r"\n[ \t\u3000]{0,200}\r?\n")
_ARTICLE = re.compile(
    r"(?m)^[ \t\u3000]{0,8}(?:第[一二三四五六七八九十百千零〇0-9]{1,9}[条條章节]|条目[一二三四五六七八九十]|"
    r"(?:Article|Section|Sec\.|Art\.|§)\s?\d)"
)
_NUMBER = re.compile("(?<![A-Za-z0-9_])[0-9]")
# So many lines that begin an article make a text of articles.
_ARTICLES = 3
# Bytes of a paragraph that says something by itself.
_SUBSTANTIAL = 100
# Characters of the shortest line that is a paragraph of prose.
_PARAGRAPH = 24


def of_articles(text: str) -> bool:
    """A statute, a contract: every line belongs to a numbered article."""
    return sum(1 for _ in islice(_ARTICLE.finditer(text), _ARTICLES)) == _ARTICLES


def leaves_gap(content: bytes, cut: Cut, articles: bool) -> bool:
    """content: the document; articles: it is one of articles."""
    if articles or cut.begins != LINE or cut.ends != LINE:
        return True
    before = content[max(0, cut.start - _NEAR) : cut.start].decode(errors="ignore")
    if cut.start > _NEAR:  # Not from the middle of a line on.
        before = before[before.find("\n") + 1 :]
    gone = content[cut.start : cut.end].decode(errors="ignore")
    behind = content[cut.end : cut.end + _NEAR].decode(errors="ignore")
    if cut.end + _NEAR < len(content):
        behind = behind[: behind.rfind("\n") + 1] or behind
    paragraphs = [part for part in _BLANK.split(gone) if part.strip()]
    if not all(is_prose(part) and not indent(part.lstrip("\n")) for part in paragraphs):
        return True
    # A value, a limit, a range, a date: what a reference is asked for.
    if _NUMBER.search(gone):
        return True
    # Paragraphs of one sentence are items of a list without marks; at the text's end a reference.
    if behind.strip() and any(sentences(part) < 2 for part in paragraphs):
        return True
    if names_something(behind.lstrip()):
        return True
    above = [part for part in _BLANK.split(before) if part.strip()]
    opens = not above or bool(_BLANK.search(before[len(before.rstrip()) :]))
    closes = not behind.strip() or bool(_BLANK.search(_space_between(gone, behind)))
    if opens and closes:
        if not above:
            return False
        # Short ones name what follows (`Copyright 2020 A Company.`), unless nothing does.
        if not is_prose(above[-1]) or (behind.strip() and len(above[-1].encode()) < _SUBSTANTIAL):
            return True
        head = next((part for part in reversed(above) if not is_prose(part)), "")
        return names_something(head)
    around = [*above[-1:], *paragraphs, *_BLANK.split(behind)[:1]]
    titled = cut.start <= _NEAR and len(above) == 1
    return not all(_are_lines(part, titled and not position) for position, part in enumerate(around))


def _space_between(before: str, behind: str) -> str:
    return before[len(before.rstrip()) :] + behind[: len(behind) - len(behind.lstrip())]


def _are_lines(block: str, titled: bool) -> bool:
    """Every line of a block is a paragraph of prose; if titled, its first may be a title above others."""
    lines = [line for line in block.split("\n") if line.strip()]
    if titled and len(lines) > 1 and not is_prose(lines[0]):
        lines = lines[1:]
    return all(len(line) >= _PARAGRAPH and is_prose(line) for line in lines)
