"""What a web page says of itself: its date, its licence, and uses that its publisher reserves.

Read are meta elements, JSON-LD and `rel=license` links, as written; nothing is guessed from the text. The
reservations are robots' `noai` and `noimageai` (a convention since 2022), and the TDM Reservation Protocol
(W3C community report 2024): `tdm-reservation`, 1 for reserved, as a meta element or HTTP header.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any

from rewarm.text.dates import iso

_HEAD = 2**18
_TAG = re.compile(r"<(meta|link|a|time|abbr)\b([^>]{1,2000})>", re.I)
_ATTRIBUTE = re.compile(
    r"([\w:-]{1,40})\s{0,9}=\s{0,9}(?:\"([^\"]{0,1000})\"|'([^']{0,1000})'|([^\s\"'>]{1,500}))"
)
_JSON_DATE = re.compile(
    r"\"(datePublished|dateCreated|uploadDate|dateModified)\"\s{0,9}:\s{0,9}\"([^\"]{4,40})\""
)
_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licen[sc]es|publicdomain)/[\w.+-]{1,20}(?:/\d\.\d)?(?:/[a-z]{2})?",
    re.I,
)
# Of a meta element's name, property, itemprop or http-equiv, the first that is there counts.
# With ":" as ".".
_DATES = (
    "article.published_time", "datepublished", "og.published_time", "og.article.published_time",
    "publishdate", "publish_date", "published_time", "publication_date", "pubdate", "pub_date",
    "parsely-pub-date", "sailthru.date", "citation_publication_date", "citation_online_date",
    "citation_date", "dc.issued", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date",
    "og.regdate", "dc.created", "dc.date.created", "dcterms.created", "datecreated", "created", "date",
    "article.modified_time", "og.updated_time", "datemodified", "dateupdate", "dcterms.modified",
    "dc.modified", "last-modified", "lastmodified", "revised",
)  # fmt: skip
# Of a `time` or `abbr`, which stand beside comments, too: those of the page are marked.
_MARKS = (("published", "entry-date", "date-published", "post-date", "dt-published"), ("updated",))
_JSON_ORDER = ("datePublished", "uploadDate", "dateCreated", "dateModified")
_RIGHTS = ("dc.rights", "dcterms.rights", "dcterms.license", "dc.rights.license", "license", "copyright")
_NO_USE = ("noai", "noimageai")


def page_facts(html: str, headers: Callable[[str], str | None] = lambda _: None) -> dict[str, Any]:
    """`date`, `date_from`, `licence`, `licence_from` and `rights` (list) of a page, those that it states.

    headers: HTTP headers by name. A date of the page comes before `Last-Modified`.
    """
    metas: dict[str, str] = {}
    licences: dict[str, str] = {}
    links: set[str] = set()
    times: dict[int, str] = {}
    for tag, given in _tags(html[:_HEAD]):
        if tag == "meta":
            for key in ("property", "name", "itemprop", "http-equiv", "pubdate"):
                if name := given.get(key, "").lower():
                    value = given.get("content") or given.get("datetime") or ""
                    metas.setdefault(name.replace(":", "."), value.strip())
        elif tag in ("time", "abbr"):
            value = given.get("datetime") or given.get("title") or ""
            if (mark := _mark(given)) is not None and iso(value):
                times.setdefault(mark, value)
        else:
            href = given.get("href", "")
            if "license" in given.get("rel", "").lower().split():
                licences.setdefault("rel=license", href)
            if found := _COMMONS.match(href):
                links.add(found[0])
    facts: dict[str, Any] = {**_date(metas, html[:_HEAD], times, headers), **_licence(metas, licences, links)}
    if rights := _reserved(metas, headers):
        facts["rights"] = rights
    return facts


def _tags(html: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for tag in _TAG.finditer(html):
        given = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(tag[2])
        }
        if tag[1].lower() == "time" and re.search(r"\bpubdate\b", tag[2], re.I):
            given.setdefault("pubdate", "pubdate")
        yield tag[1].lower(), given


def _mark(given: Mapping[str, str]) -> int | None:
    """0 for a time of publication, 1 for one of change, None for any other."""
    if given.get("itemprop", "").lower() == "datepublished" or "pubdate" in given:
        return 0
    classes = given.get("class", "").lower().split()
    return next((number for number, marks in enumerate(_MARKS) if set(marks) & set(classes)), None)


def _date(
    metas: dict[str, str], html: str, times: dict[int, str], headers: Callable[[str], str | None]
) -> dict[str, str]:
    """The first that is a date: published, created, changed, and last what the server says."""
    written: dict[str, str] = {}
    for name, value in _JSON_DATE.findall(html):
        written.setdefault(name, value)
    said = [(f"JSON-LD {name}", written.get(name)) for name in _JSON_ORDER[:3]]
    said += [(f"meta {name}", metas.get(name)) for name in _DATES[: _DATES.index("article.modified_time")]]
    said += [("time", times.get(0)), ("JSON-LD dateModified", written.get("dateModified"))]
    said += [(f"meta {name}", metas.get(name)) for name in _DATES[_DATES.index("article.modified_time") :]]
    said += [("time updated", times.get(1)), ("Last-Modified", headers("Last-Modified"))]
    found = next(((origin, value) for origin, value in said if value and iso(value)), None)
    return {"date": found[1], "date_from": found[0]} if found else {}


def _licence(metas: dict[str, str], licences: dict[str, str], links: set[str]) -> dict[str, str]:
    for origin, href in licences.items():
        if href:
            return {"licence": href, "licence_from": origin}
    for name in _RIGHTS:
        if metas.get(name):
            return {"licence": metas[name], "licence_from": f"meta {name}"}
    # Of several licences none may be that of the page.
    if len(links) == 1:
        return {"licence": links.pop(), "licence_from": "Creative Commons link"}
    return {}


def _reserved(metas: dict[str, str], headers: Callable[[str], str | None]) -> list[str]:
    robots = re.split(r"[\s,;]+", f"{metas.get('robots', '')},{headers('X-Robots-Tag') or ''}".lower())
    found = [name for name in _NO_USE if name in robots]
    said = (metas.get("tdm-reservation") or headers("tdm-reservation") or "").strip()
    return [*found, "tdm-reserved"] if said == "1" else found
