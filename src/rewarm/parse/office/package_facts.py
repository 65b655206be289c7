"""Dates and rights in packages of XML: core properties (OOXML), meta.xml (OpenDocument), OPF (EPUB)."""

import xml.etree.ElementTree as tree
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

_LARGEST = 2**20
# What the templates inside python-docx and python-pptx say, and every file made from them without a date.
_OF_TEMPLATES = ("2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2013-01-27T09:15:58Z")
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
# The first that is there counts: when it was made before when it was changed.
_DATES = (
    (f"{_TERMS}issued", "issued"),
    (f"{_TERMS}created", "created"),
    (f"{_META}creation-date", "creation-date"),
    (f"{_DC}date", "date"),
    (f"{_TERMS}modified", "modified"),
)


def of_package(path: Path, name: str) -> dict[str, Any]:
    """`date`, `date_from`, `licence` and `licence_from` of a part of a package; empty where it has none.

    name: `docProps/core.xml` or `meta.xml`. The package has been checked (`package.open_package`).
    """
    data = b""
    broken = (zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError, EOFError, NotImplementedError)
    with suppress(*broken), zipfile.ZipFile(path) as archive:
        if archive.getinfo(name).file_size <= _LARGEST:
            data = archive.read(name)
    return of_xml(data) if data else {}


def of_xml(data: bytes) -> dict[str, Any]:
    """The same of the part itself; entities are refused with the package."""
    try:
        return of_elements(tree.fromstring(data).iter())
    except (tree.ParseError, ValueError):
        return {}


def of_elements(elements: Iterable[tree.Element]) -> dict[str, Any]:
    """The same of elements in the order of the file."""
    found: dict[str, str] = {}
    for one in elements:
        text = (one.text or "").strip()
        # EPUB 3 has <meta property="dcterms:modified">.
        tag = one.get("property", "").replace("dcterms:", _TERMS) if one.tag.endswith("}meta") else one.tag
        if text:
            found.setdefault(tag, text)
    facts: dict[str, Any] = {}
    for tag, name in _DATES:
        if found.get(tag, _OF_TEMPLATES[0]) not in _OF_TEMPLATES:
            facts = {"date": found[tag], "date_from": name}
            break
    if rights := found.get(f"{_DC}rights"):
        facts |= {"licence": rights, "licence_from": "rights"}
    return facts
