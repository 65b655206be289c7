"""EPUB: the chapters of the spine in reading order, a page each. Zip and XML of the standard library."""

import posixpath
import urllib.parse
import xml.etree.ElementTree as tree
import zipfile
from collections.abc import Iterator

from rewarm.parse.assemble import join_pages
from rewarm.parse.job import Job
from rewarm.parse.office.authors import facts
from rewarm.parse.office.package import open_package, part
from rewarm.parse.office.package_facts import of_elements
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable
from rewarm.parse.web.page import decode
from rewarm.text.markup import text_of

_NAVIGATION = "nav"


def read_epub(job: Job) -> Iterator[Item]:
    """One document."""
    with open_package(job.path, job.limits, doctypes=True) as archive:
        if "META-INF/encryption.xml" in archive.namelist():
            # Fonts may be obscured by this file, too: only encrypted chapters make the book unreadable.
            listed = part(archive, "META-INF/encryption.xml")
            if b"html" in listed:
                raise Unreadable("parse.encrypted", "its chapters are encrypted (DRM)")
        names = _creators(archive) if job.includes("authors") else []
        parts = []
        stated = of_elements(_package(archive)[1].iter())
        for number, name in enumerate(_spine(archive), 1):
            if str(number) in job.skip:
                continue
            job.begin(str(number))
            try:
                html, _ = decode(part(archive, name))
            except Unreadable as error:
                yield Problem(str(number), error.reason, error.detail)
                continue
            parts.append((number, text_of(html)))
    text, pages = join_pages(parts)
    if not text:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", text, "epub", pages, {**facts(names), **stated})


def _package(archive: zipfile.ZipFile) -> tuple[str, tree.Element]:
    """The name and content of the package file."""
    try:
        container = tree.fromstring(part(archive, "META-INF/container.xml"))
        package = next(one.get("full-path", "") for one in container.iter() if one.tag.endswith("}rootfile"))
        return package, tree.fromstring(part(archive, package))
    except (tree.ParseError, StopIteration) as error:
        raise Unreadable("parse.epub", f"its package file cannot be read: {error}") from None


def _creators(archive: zipfile.ZipFile) -> list[str]:
    _, root = _package(archive)
    return [one.text for one in root.iter() if one.tag.endswith("}creator") and one.text]


def _spine(archive: zipfile.ZipFile) -> list[str]:
    """Names of the chapters in reading order."""
    package, root = _package(archive)
    base = posixpath.dirname(package)
    items = {
        one.get("id"): (one.get("href", ""), one.get("properties") or "")
        for one in root.iter()
        if one.tag.endswith("}item")
    }
    wanted = [one.get("idref") for one in root.iter() if one.tag.endswith("}itemref")]
    names = set(archive.namelist())
    found = []
    for identity in wanted:
        href, properties = items.get(identity, ("", ""))
        name = posixpath.normpath(posixpath.join(base, urllib.parse.unquote(href.split("#")[0])))
        if name in names and _NAVIGATION not in properties.split():
            found.append(name)
    return found
