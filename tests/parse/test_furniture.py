"""Headers, footers and page numbers of many forms, in files of two to twenty pages.

Their words are of a list of their own, so that what is left of them can be counted.
"""

import random
import re

import made_pages
import pytest
from typst_source import Page

WORDS = "Quarterly Gazette Zentralblatt Hydrology Proceedings Almanac Bulletin Herald Fascicle Digest"
_CHAPTER = (
    "context { let hs = query(heading.where(level: 1)).filter(x => x.location().page() <= here().page()); "
    "if hs.len() > 0 { hs.last().body } else { [] } }"
)
STYLES = {
    "the same on each page": "header: [Almanac Herald], "
    "footer: context align(center)[#counter(page).display()]",
    "the chapter's title": f"header: [#{_CHAPTER} #h(1fr) #context here().page()]",
    "left and right": "header: context if calc.even(here().page()) [#here().page() #h(1fr) Gazette Digest] "
    f"else [#{_CHAPTER} #h(1fr) #here().page()]",
    "roman numbers": 'numbering: "i", header: align(right)[Bulletin Proceedings]',
    "page of pages": "footer: context [#h(1fr) Page #counter(page).display() of "
    "#counter(page).final().first() #h(1fr)]",
    "a date": "header: [Hydrology #h(1fr) 12 March 2024], "
    "footer: context align(right)[#counter(page).display()]",
    "two parts": "footer: context [Zentralblatt #h(1fr) Page #counter(page).display()]",
    "another first page": "header: context if counter(page).get().first() > 1 [Gazette #h(1fr) Digest], "
    "footer: context if counter(page).get().first() == 1 [Herald 2024] else "
    "[#h(1fr) #counter(page).display() #h(1fr)]",
    "two lines": "header: [Almanac \\ Hydrology #line(length: 100%)], "
    "footer: context align(center)[- #counter(page).display() -]",
    "small": "header: align(center, text(size: 0.8em)[Fascicle Herald]), "
    "footer: context align(center)[#counter(page).display() / #counter(page).final().first()]",
    "Chinese": "header: align(center)[Almanac年报], "
    "footer: context align(center)[第 #counter(page).display() 页 共 "
    "#counter(page).final().first() 页]",
    "three parts": "header: [Gazette #h(1fr) Bulletin #h(1fr) 2024], "
    "footer: context [Quarterly #h(1fr) #counter(page).display()]",
}
_FOUND = re.compile("|".join(WORDS.split()))
_NUMBERS = re.compile(
    r"^\W*(?:Page |第 ?)?(?:\d{1,3}|[ivx]{1,5})(?: ?(?:of|/|页 ?共) ?\d+)?(?: ?页)?\W*$", re.M
)


@pytest.mark.parametrize("paragraphs", [22, 60])
@pytest.mark.parametrize("style", STYLES)
def test_furniture_goes_and_text_stays(parsed, style, paragraphs):
    rng = random.Random(f"{style}{paragraphs}")
    lang, columns = ("zh", 1) if style == "Chinese" else ("en", rng.choice([1, 2]))
    page = Page(rng, lang=lang, columns=columns, around=STYLES[style])
    titled = _CHAPTER in STYLES[style]
    for at in range(paragraphs):
        if titled and at % 7 == 0:
            title = " ".join(rng.sample(WORDS.split(), 3))
            page.add(f"= {title}", title)
        page.prose(1)
    typeset = page.typeset(style)
    given = parsed(typeset.pdf)
    assert len(given.documents[0].pages) >= 2
    assert len(_FOUND.findall(given.text)) == len(_FOUND.findall(typeset.text))
    assert not _NUMBERS.findall(given.text)
    assert made_pages.accuracy(given.text, typeset.text) > 0.998
