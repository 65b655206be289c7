"""What a file holds, from its content and not from its name.

Signatures are those of the formats' specifications (ISO 32000-1 for PDF, APPNOTE.TXT for ZIP, MS-CFB for
old Office files, POSIX ustar, WARC 1.1 …). Zip containers are told apart by what is inside. Text formats
have no signature: HTML, mail and MediaWiki dumps are recognised by how they begin.

One table serves reading and reporting: formats that are not read are in it, too, with the words for them, so
that a message can say what a file holds.
"""

import re
import zipfile
from dataclasses import dataclass
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

TEXTUAL = frozenset(["text", "html", "eml", "mbox", "mediawiki"])
"""Kinds whose bytes are text."""
HOLD_TEXT = frozenset(
    NAMES[kind]
    for kind in ("pdf", "rtf", "ole", "zip", "xz", "bzip2", "docx", "xlsx", "pptx", "epub", "odt", "msg")
) | {"PostScript", "7z archive", "RAR archive"}
"""Words for what a person would expect to be read."""


@dataclass(frozen=True, slots=True)
class Content:
    """kind: a key of NAMES, `text`, `empty` or `other`; words: what users call the format."""

    kind: str
    words: str


# Signature, kind, words where they are not those of NAMES.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "pdf", ""),
    (b"{\\rtf", "rtf", ""),
    (b"PK\x03\x04", "zip", ""),
    (b"PK\x05\x06", "zip", ""),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", ""),
    (b"\x89PNG\r\n", "image", "PNG image"),
    (b"\xff\xd8\xff", "image", "JPEG image"),
    (b"II*\x00", "image", "TIFF image"),
    (b"MM\x00*", "image", "TIFF image"),
    (b"\x1f\x8b", "gzip", ""),
    (b"\x28\xb5\x2f\xfd", "zstd", ""),
    (b"\xfd7zXZ\x00", "xz", ""),
    (b"BZh", "bzip2", ""),
    (b"WARC/", "warc", ""),
    (b"%!PS", "other", "PostScript"),
    (b"GIF8", "other", "GIF image"),
    (b"BM", "other", "BMP image"),
    (b"ID3", "other", "MP3 audio"),
    (b"OggS", "other", "Ogg audio"),
    (b"\x1aE\xdf\xa3", "other", "Matroska video"),
    (b"7z\xbc\xaf\x27\x1c", "other", "7z archive"),
    (b"Rar!\x1a\x07", "other", "RAR archive"),
    (b"SQLite format 3\x00", "other", "SQLite"),
    (b"PAR1", "other", "Parquet"),
    (b"ARROW1", "other", "Arrow"),
    (b"\x7fELF", "other", "program"),
    (b"MZ", "other", "program"),
    (b"version https://git-lfs", "text", "Git LFS pointer (the file itself was not fetched)"),
)
_RIFF = {b"WEBP": "WebP image", b"WAVE": "WAV audio"}
# Signatures of so few letters (BM, MZ) also begin texts.
_SHORT = 3
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
    return content_of_head(head).kind


def of_file(path: Path) -> str:
    """The kind of a file on disk; zip containers are opened. Raises OSError."""
    return content_of(path).kind


def content_of(path: Path) -> Content:
    """What a file on disk holds; zip containers are opened. Raises OSError."""
    with path.open("rb") as stream:
        found = content_of_head(stream.read(HEAD))
    inner = _inside_zip(path) if found.kind == "zip" else _inside_ole(path) if found.kind == "ole" else ""
    return Content(inner, NAMES[inner]) if inner else found


def content_of_head(head: bytes) -> Content:
    """What the first `HEAD` bytes of a file say that it holds."""
    if not head:
        return Content("empty", "empty file")
    for signature, kind, words in _SIGNATURES:
        is_word = len(signature) <= _SHORT and signature.isalnum()
        if head.startswith(signature) and not (is_word and is_text(head)):
            return Content(kind, words or NAMES[kind])
    if b"%PDF-" in head[:1024]:
        return Content("pdf", NAMES["pdf"])
    if head[257:262] == b"ustar":
        return Content("tar", NAMES["tar"])
    if head[4:8] == b"ftyp":
        return Content("other", "MP4 video")
    if head[:4] == b"RIFF":
        return Content("other", _RIFF.get(head[8:12], "RIFF media"))
    if not is_text(head):
        return Content("other", "binary data")
    kind = _of_text(head.removeprefix(b"\xef\xbb\xbf"))
    return Content(kind, NAMES.get(kind, kind))


def _of_text(start: bytes) -> str:
    if b"<mediawiki" in start[:1024]:
        return "mediawiki"
    if _HTML.match(start):
        return "html"
    if _MBOX.match(start):
        return "mbox"
    return "eml" if _is_mail(start) else "text"


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
