"""MediaWiki dumps (XML): the current text of every article, without its markup.

Read as a stream: a dump of 100 GB takes as much memory as its longest page. Redirects and pages outside
the main namespace (talk, user, template) are left out.
"""

import re
import xml.etree.ElementTree as tree
from collections.abc import Iterator

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable

_LONGEST = 4 * 2**20
_LEFT_OUT = re.compile(r"^(?:File|Image|Category|Datei|Kategorie|文件|图像|分类|檔案|分類):", re.I)
_QUOTES = re.compile("'{2,5}")  # bold and italic
_BLANK = re.compile(r"\n{3,}")


def read_mediawiki(job: Job) -> Iterator[Item]:
    """A document an article. Position: its page id."""
    with job.path.open("rb") as stream:
        head = stream.read(4096)
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Unreadable("parse.entities", "declares a DTD: refused, as entities can expand without end")
        stream.seek(0)
        try:
            yield from _articles(job, stream)
        except tree.ParseError as error:
            raise Unreadable("parse.truncated", f"the dump breaks: {error}") from None


def _articles(job: Job, stream) -> Iterator[Item]:  # type: ignore[no-untyped-def]
    root = None
    for event, element in tree.iterparse(stream, ("start", "end")):
        root = element if root is None else root
        if event != "end" or not element.tag.endswith("}page"):
            continue
        space = element.tag[: -len("page")]
        identity = element.findtext(f"{space}id", "")
        wanted = element.findtext(f"{space}ns", "0") == "0" and element.find(f"{space}redirect") is None
        revision = element.findall(f"{space}revision")[-1:]
        source = revision[0].findtext(f"{space}text", "") if revision else ""
        facts = {
            "title": element.findtext(f"{space}title", ""),
            "date": revision[0].findtext(f"{space}timestamp", "") if revision else "",
            "date_from": "timestamp",
        }
        root.clear()
        if not wanted or identity in job.skip or not source:
            continue
        job.begin(identity)
        if len(source) > _LONGEST:
            yield Problem(identity, "parse.too_long", f"an article of {len(source):,} characters")
            continue
        text = plain(source)
        if text:
            yield Parsed(identity, f"{facts['title']}\n\n{text}", "mediawiki", (), facts)


def plain(source: str) -> str:
    """An article without wiki markup: templates, tables of layout, files and references go."""
    import mwparserfromhell

    code = mwparserfromhell.parse(source, skip_style_tags=True)
    for tag in code.filter_tags(matches=lambda node: str(node.tag).lower() in ("ref", "table", "gallery")):
        try:
            code.remove(tag)
        except ValueError:  # within another that went already
            continue
    for link in code.filter_wikilinks(matches=lambda node: _LEFT_OUT.match(str(node.title).strip())):
        try:
            code.remove(link)
        except ValueError:
            continue
    text = _QUOTES.sub("", code.strip_code(normalize=True, collapse=True, keep_template_params=False))
    return _BLANK.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()
