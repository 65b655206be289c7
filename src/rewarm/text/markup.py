"""HTML to text: tags become line and paragraph breaks, entities letters; script and style go.

White space collapses as a browser does it, but for `pre`. It keeps all text, menus too: choosing the
main part is a matter of rules per corpus, not of parsing.
"""

import re
from html.parser import HTMLParser

_PARAGRAPH = re.compile(
    "address|article|aside|blockquote|dl|fieldset|figure|footer|form|h[1-6r]|header|main|nav|ol|p|pre|"
    "section|table|title|ul"
)
_LINE = re.compile("br|caption|dd|div|dt|figcaption|li|option|tr")
_DROPPED = frozenset(["script", "style"])
# CDATA and conditional sections; the parser raises AssertionError at unknown ones.
_SECTION = re.compile(r"<!\[[^>]*>?")


def text_of(html: str) -> str:
    """The text of an HTML document or fragment, without tags."""
    parser = _Text()
    parser.feed(_SECTION.sub("", html))
    parser.close()
    # Line by line: a pattern of spaces before a line end takes quadratic time on spaces alone.
    text = "\n".join(line.rstrip(" ") for line in "".join(parser.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._dropping = False
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._dropping = tag in _DROPPED
        self._pre += tag == "pre"
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._dropping = False
        self._pre = max(0, self._pre - (tag == "pre"))
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        if not self._pre:
            data = re.sub(r"\s+", " ", data)
            if not self.parts or self.parts[-1][-1:] in ("\n", " "):
                data = data.lstrip()
        if data:
            self.parts.append(data)

    def _break(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.handle_data(" ")
        elif _PARAGRAPH.fullmatch(tag):
            self.parts.append("\n\n")
        elif _LINE.fullmatch(tag):
            self.parts.append("\n")
