"""What a file holds, from its content and not from its name.

Signatures are those of the formats' specifications (ISO 32000-1 for PDF, APPNOTE.TXT for ZIP, MS-CFB for
old Office files, POSIX ustar, WARC 1.1 …). Zip containers are told apart by what is inside. Text formats
have no signature: HTML, mail and MediaWiki dumps are recognised by how they begin.
"""

import re
import zipfile
from pathlib import Path

HEAD = 4096

# What `rewarm.parse` reads, and how users call it.
NAMES = {
    "pdf": "PDF",
    "docx": "Word (DOCX)",
    "pptx": "PowerPoint (PPTX)",
    "xlsx": "Excel (XLSX)",
    "odt": "OpenDocument",
    "epub": "EPUB",
    "rtf": "RTF",
    "html": "HTML",
    "eml": "mail (EML)",
    "mbox": "mailbox (MBOX)",
    "msg": "mail (MSG)",
    "ole": "old Office (DOC, XLS, PPT)",
    "image": "image",
    "warc": "web archive (WARC)",
    "mediawiki": "MediaWiki dump",
    "zip": "zip archive",
    "tar": "tar archive",
    "gzip": "gzip",
    "bzip2": "bzip2 archive",
    "xz": "xz archive",
    "zstd": "zstd",
}
ARCHIVES = frozenset(["zip", "tar", "gzip", "bzip2", "xz", "zstd"])

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"WARC/", "warc"),
)
_INSIDE = (
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
    ("xl/workbook.xml", "xlsx"),
    ("META-INF/container.xml", "epub"),
    ("content.xml", "odt"),
)
_MAIL = re.compile(
    rb"(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|From|To|Subject|Date|X-[\w-]{1,40}): ?",
    re.I,
)
_HEADER = re.compile(rb"[!-9;-~]{1,60}:[ \t]?[^\r\n]{0,998}(?:\r?\n[ \t][^\r\n]{0,998}){0,100}\r?\n")
_MBOX = re.compile(rb"From \S{1,200} {1,2}\w{3} \w{3} {1,2}\d{1,2} \d\d:\d\d")
_HTML = re.compile(
    rb"\s{0,200}(?:<\?xml[^>]{0,200}>\s{0,200})?(?:<!--.{0,1000}?-->\s{0,200}){0,3}"
    rb"<(?:!doctype html|html|head|body|meta|title|div|p|h1|table)[\s>]",
    re.I | re.S,
)


def of_head(head: bytes) -> str:
    """The kind by the first `HEAD` bytes: a key of NAMES, `text`, `empty` or `other`."""
    if not head:
        return "empty"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature) and not (kind == "bzip2" and is_text(head)):
            return kind
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head[257:262] == b"ustar":
        return "tar"
    if not is_text(head):
        return "other"
    start = head.removeprefix(b"\xef\xbb\xbf")
    if b"<mediawiki" in start[:1024]:
        return "mediawiki"
    if _HTML.match(start):
        return "html"
    if _MBOX.match(start):
        return "mbox"
    return "eml" if _is_mail(start) else "text"


def of_file(path: Path) -> str:
    """The kind of a file on disk; zip containers are opened. Raises OSError."""
    with path.open("rb") as stream:
        kind = of_head(stream.read(HEAD))
    if kind == "zip":
        return _inside_zip(path)
    return _inside_ole(path) if kind == "ole" else kind


def is_text(head: bytes) -> bool:
    """Whether the bytes can be text: no NUL but those of UTF-16, and hardly any control character."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    # UTF-16 without a mark has a NUL in every other byte of Latin text.
    if head[1::2].count(0) > 0.4 * len(head[1::2]) or head[::2].count(0) > 0.4 * len(head[::2]):
        return controls - head.count(0) <= len(head) // 50 and head.count(0) <= 0.55 * len(head)
    return b"\x00" not in head and controls <= len(head) // 50


def _is_mail(start: bytes) -> bool:
    """Three headers in a row, two of them of mail."""
    place = known = lines = 0
    while (line := _HEADER.match(start, place)) and lines < 30:
        known += _MAIL.match(line[0]) is not None
        lines += 1
        place = line.end()
    return known >= 2 and lines >= 3


def _inside_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "zip"
    return next((kind for name, kind in _INSIDE if name in names), "zip")


def _inside_ole(path: Path) -> str:
    """Outlook messages are containers like old Office files; the names of their streams are UTF-16."""
    with path.open("rb") as stream:
        head = stream.read(2**20)
    return "msg" if "__properties_version1.0".encode("utf-16-le") in head else "ole"
