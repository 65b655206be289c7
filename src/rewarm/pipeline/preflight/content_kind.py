"""What a file holds, by its first bytes and not by its name.

Signatures are those of the formats' own specifications (PDF 32000-1, APPNOTE.TXT for ZIP, MS-CFB for
old Office files, the PNG, JPEG and GIF standards ...). A file without a signature and without NUL bytes
is text. Zip containers are told apart by the names inside.
"""

import zipfile
from pathlib import Path

HEAD = 1024
TEXT = "text"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"%!PS", "PostScript"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office (DOC, XLS, PPT)"),
    (b"\x89PNG\r\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"II*\x00", "TIFF image"),
    (b"MM\x00*", "TIFF image"),
    (b"BM", "BMP image"),
    (b"ID3", "MP3 audio"),
    (b"OggS", "Ogg audio"),
    (b"\x1aE\xdf\xa3", "Matroska video"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz archive"),
    (b"BZh", "bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"PAR1", "Parquet"),
    (b"ARROW1", "Arrow"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"version https://git-lfs", "Git LFS pointer (the file itself was not fetched)"),
)
_TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_INSIDE = (
    ("word/", "Word (DOCX)"),
    ("xl/", "Excel (XLSX)"),
    ("ppt/", "PowerPoint (PPTX)"),
    ("META-INF/container.xml", "EPUB"),
    ("content.xml", "OpenDocument"),
)
_BY_SUFFIX = {
    ".docx": "Word (DOCX)",
    ".xlsx": "Excel (XLSX)",
    ".pptx": "PowerPoint (PPTX)",
    ".epub": "EPUB",
    ".odt": "OpenDocument",
}
# What holds text that a person would expect to be read.
DOCUMENTS = {
    "PDF", "RTF", "PostScript", "old Office (DOC, XLS, PPT)", "zip archive", "xz archive", "bzip2 archive",
    "7z archive", "RAR archive", *(kind for _, kind in _INSIDE),
}  # fmt: skip


def of_file(path: Path) -> str:
    """The kind of a file. Raises OSError when it cannot be opened."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _BY_SUFFIX.get(path.suffix.lower()) or _inside(path)
    return of_head(head)


def of_head(head: bytes) -> str:
    """The kind by the first bytes, `HEAD` of them where the file has so many."""
    if not head:
        return "empty file"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature) and not (len(signature) <= 3 and _is_text(head)):
            return kind
    if b"%PDF-" in head:
        return "PDF"
    if head[4:8] == b"ftyp":
        return "MP4 video"
    if head[:4] == b"RIFF":
        return {b"WEBP": "WebP image", b"WAVE": "WAV audio"}.get(head[8:12], "RIFF media")
    if head.startswith(b"PK\x03\x04"):
        return "zip archive"
    if head.startswith(_TEXT_MARKS):
        return TEXT
    start = head[:256].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    return TEXT if _is_text(head) else "binary data"


def _is_text(head: bytes) -> bool:
    """Whether the bytes can be text: no NUL, and hardly any control character."""
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    # UTF-16 without a mark has a NUL in every other byte of Latin text.
    if head[1::2].count(0) > 0.4 * len(head[1::2]) or head[::2].count(0) > 0.4 * len(head[::2]):
        return controls - head.count(0) <= len(head) // 50 and head.count(0) <= 0.55 * len(head)
    return b"\x00" not in head and controls <= len(head) // 50


def _inside(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "zip archive"
    for start, kind in _INSIDE:
        if any(name.startswith(start) for name in names):
            return kind
    return "zip archive"
