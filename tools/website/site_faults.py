"""Faults of the built site that a strict build lets through.

| fault | how it is found |
|---|---|
| an unresolved reference | `[text][name]` or `[text](target)` stands in a paragraph: Markdown prints what it
|                         | cannot resolve as text |
| a link or image that leads nowhere | `href` and `src` within the site are files, and a fragment is an id of
|                         | its page |
| a table that is not one | a row with `|` stands in a paragraph |
| Chinese is not found | the search index does not take a sentence of Chinese apart |
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_REFERENCE = re.compile(r"!?\[[^\[\]\n]+\]\[[^\[\]\n]*\]|!?\[[^\[\]\n]+\]\([^()\s]+\)")
_ROW = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
_CODE = {"code", "pre", "script", "style", "svg", "title"}
# The error page has links from the root of a host, which a site in a folder has not.
_SKIPPED = {"404.html"}


class Page(HTMLParser):
    """The text outside code of a page, its links and its ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self._code = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._code += tag in _CODE
        for name, value in attributes:
            if value is None:
                continue
            if name in ("id", "name"):
                self.ids.add(value)
            if (name == "href" and tag in ("a", "link")) or name == "src":
                self.links.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in _CODE

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.text.append(data)


def faults(site: Path) -> list[str]:
    """One line for each fault, `PAGE: what is wrong`, in the order of pages."""
    site = site.resolve()
    pages = {
        path: Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if path.name not in _SKIPPED
    }
    found = []
    for path, page in pages.items():
        where = path.relative_to(site)
        text = "".join(page.text)
        found += [f"{where}: unresolved reference {match[0]!r}" for match in _REFERENCE.finditer(text)]
        found += [
            f"{where}: a row of a table is text: {row[0].strip()[:60]!r}" for row in _ROW.finditer(text)
        ]
        found += [f"{where}: {fault}" for link in page.links if (fault := _fault(link, path, site, pages))]
    return [*dict.fromkeys(found), *_search(site)]


def _search(site: Path) -> list[str]:
    index = site / "search.json"
    separator = json.loads(index.read_text(encoding="utf-8"))["config"]["separator"]
    words = [word for word in re.split(separator, "遗忘与对策") if word]
    return [] if words == list("遗忘与对策") else [f"{index.name}: Chinese is not taken apart: {words}"]


def _fault(link: str, path: Path, site: Path, pages: dict[Path, Page]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
    if target.is_dir():
        target = target / "index.html"
    if not target.exists() or not target.is_relative_to(site):
        return f"link to {link}: no such file"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].ids:
        return f"link to {link}: no such heading"
    return None
