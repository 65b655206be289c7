"""References to articles and sections: "第二十条", "Article 12", "Section 12.3".

Both a reference to another article and the number that an article begins with are asked about. An article's
own number says where a rule stands; it is asked with the rule in full.
"""

import re
from collections.abc import Iterator

from rewarm.evaluate.build.found import Found
from rewarm.text.facts import chinese_number

_CHINESE = re.compile(r"第(?P<number>[零〇一二两三四五六七八九十百千]+|\d+)(?P<unit>条)(?!之)")
_ENGLISH = re.compile(
    r"(?P<unit>\b[Aa]rticles?|\b[Ss]ections?|\b[Cc]hapters?|\b[Rr]ule|§)\s?(?P<number>\d+(?:\.\d+){0,3})\b"
)


def find(text: str) -> Iterator[Found]:
    """References in a sentence; of "Section 12.3" the whole is left out."""
    for match in _CHINESE.finditer(text):
        number = match["number"]
        value = int(number) if number[0].isdigit() else chinese_number(number)
        yield Found(
            *match.span(), f"条|{'digits' if number[0].isdigit() else 'words'}", f"条|{value}", float(value)
        )
    for match in _ENGLISH.finditer(text):
        parts = match["number"].split(".")
        if len(parts) > 1 and parts[-1] == "0":  # A version, such as chapter 2.0.
            continue
        unit = match["unit"]
        value = sum(int(part) / 100**place for place, part in enumerate(parts))
        yield Found(
            *match.span(), f"{unit}|{len(parts)}", f"{unit.lower().rstrip('s')}|{match['number']}", value
        )
