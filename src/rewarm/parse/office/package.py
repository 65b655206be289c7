"""Zip packages of XML (OOXML, OpenDocument, EPUB): checked before any library opens them.

zipfile never gives more bytes of a member than its directory declares, so the declared sizes bound what
reading can cost. Entities are refused altogether: no office program writes a DTD, and nested entities are
the billion-laughs attack.
"""

import re
import zipfile
import zlib
from pathlib import Path

from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Unreadable

_XML = (".xml", ".rels", ".opf", ".ncx")
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_HEAD = 64 * 1024


def open_package(path: Path, limits: Limits, *, doctypes: bool = False) -> zipfile.ZipFile:
    """The open package. doctypes: EPUB's pages may declare a DOCTYPE, though no entity.

    Raises Unreadable for what is broken, encrypted or unpacks to too much.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable("parse.truncated", f"the zip package is damaged: {error}") from None
    entries = archive.infolist()
    most = limits.unpacked(path.stat().st_size)
    size = sum(entry.file_size for entry in entries)
    if size > most:
        raise Unreadable("parse.expansion", f"unpacks to {size:,} bytes; at most {most:,} are read")
    if len(entries) > limits.members:
        raise Unreadable(
            "parse.expansion", f"has {len(entries):,} parts; at most {limits.members:,} are read"
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("parse.encrypted", "is encrypted: save it without a password")
    for entry in entries:
        if entry.filename.lower().endswith(_XML):
            _refuse_entities(archive, entry, doctypes)
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a part. Raises Unreadable where it is missing or damaged."""
    try:
        return archive.read(name)
    except KeyError:
        raise Unreadable("parse.truncated", f"the package lacks {name}") from None
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
        raise Unreadable("parse.truncated", f"{name} is damaged: {error}") from None


def _refuse_entities(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, doctypes: bool) -> None:
    try:
        with archive.open(entry) as stream:
            head = stream.read(_HEAD)
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError) as error:
        raise Unreadable("parse.truncated", f"{entry.filename} is damaged: {error}") from None
    plain = head.replace(b"\x00", b"")  # UTF-16
    found = _DTD.search(plain)
    if found and (b"<!entity" in plain.lower() or not doctypes):
        raise Unreadable(
            "parse.entities",
            f"{entry.filename} declares {found[0].decode()}…: refused, as it can expand without end",
        )
