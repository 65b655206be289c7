"""Date and rights that a PDF states: its information dictionary, and XMP (ISO 16684-1) in its bytes.

XMP is looked for in the file as it lies, since PDF asks for it to be stored without compression; a packet
in a compressed object stream is not found. The date is that of the file, which for a scan or a reprint is
later than the text's.
"""

import mmap
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_START, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
_LONGEST = 2**18
_DATES = ("xmp:CreateDate", "xap:CreateDate", "xmp:ModifyDate", "xap:ModifyDate")
_STATEMENTS = ("xmpRights:WebStatement", "cc:license", "dc:rights", "xmpRights:UsageTerms")


def pdf_facts(path: Path, document: "PdfDocument") -> dict[str, Any]:
    """`date`, `date_from`, `licence`, `licence_from` and `rights` (list) of a PDF, those that it states.

    document: as pypdfium2 opened it.
    """
    facts: dict[str, Any] = {}
    packet = _xmp(path)
    for key in ("CreationDate", "ModDate"):
        if value := _entry(document, key):
            facts = {"date": value, "date_from": key}
            break
    else:
        for key in _DATES:
            if value := _xmp_value(packet, key):
                facts = {"date": value, "date_from": key}
                break
    for key in _STATEMENTS:
        if value := _xmp_value(packet, key):
            facts |= {"licence": value, "licence_from": key}
            break
    if _xmp_value(packet, "tdm:reservation") == "1":
        facts["rights"] = ["tdm-reserved"]
    return facts


def _entry(document: "PdfDocument", key: str) -> str:
    try:
        return str(document.get_metadata_value(key)).strip()
    except Exception:  # damaged metadata costs nothing
        return ""


def _xmp(path: Path) -> str:
    """The last packet of the file, which is that of the document; others belong to its pictures."""
    with path.open("rb") as stream:
        try:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                start = data.rfind(_START)
                end = data.find(_END, start) if start >= 0 else -1
                return data[start:end].decode("utf-8", "replace") if 0 <= end - start <= _LONGEST else ""
        except (OSError, ValueError):  # an empty file
            return ""


def _xmp_value(packet: str, key: str) -> str:
    """A property as an attribute, an element, a resource, or the first item of its list."""
    if not packet or key not in packet:
        return ""
    name = re.escape(key)
    if found := re.search(rf"\s{name}\s{{0,9}}=\s{{0,9}}[\"']([^\"']{{1,500}})[\"']", packet):
        return unescape(found[1]).strip()
    if found := re.search(
        rf"<{name}\b[^>]{{0,200}}rdf:resource\s{{0,9}}=\s{{0,9}}[\"']([^\"']{{1,500}})[\"']", packet
    ):
        return unescape(found[1]).strip()
    if found := re.search(rf"<{name}\b[^>]{{0,200}}>(.{{1,2000}}?)</{name}>", packet, re.S):
        return unescape(re.sub(r"<[^>]{0,200}>", " ", found[1])).strip()
    return ""
