"""Files that break parsers, written byte by byte."""

import gzip
import io
import tarfile
import zipfile
import zlib

from rewarm.parse.limits import Limits

# Tests of limits must not wait for those that are meant for books.
QUICK = Limits(memory=1024 << 20, stall=6.0, seconds=20.0, expansion=256 << 20)


def pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of numbered objects with a sound cross-reference table."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return bytes(out)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pages(*contents: bytes, extra: bytes = b"", annotations: bytes = b"") -> bytes:
    """A PDF with a page for each content stream (an object: `stream(...)`), font /F1 Helvetica."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        _FONT,
    ]
    for at, content in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R %s"
            b"/Resources << /Font << /F1 3 0 R >> >> %s >>" % (5 + 2 * at, annotations, extra)
        )
        objects.append(content)
    return pdf(*objects)


def text(*lines: str, size: int = 12, before: bytes = b"", after: bytes = b"") -> bytes:
    """A content stream that shows lines."""
    shown = b"".join(
        b"1 0 0 1 72 %d Tm (%s) Tj\n" % (720 - 16 * at, line.encode("cp1252"))
        for at, line in enumerate(lines)
    )
    return stream(before + b"BT /F1 %d Tf\n%sET\n" % (size, shown) + after)


def page_tree_loop() -> bytes:
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 /Parent 2 0 R >>",
    )


def deflate_bomb() -> bytes:
    """A content stream that unpacks twice, to 4 GB."""
    packer = zlib.compressobj(9)
    inner = b"".join(packer.compress(b"0 " * 2**19) for _ in range(4000)) + packer.flush()
    data = zlib.compress(inner, 9)
    return pages(stream(data, b"/Filter [/FlateDecode /FlateDecode]"))


def text_bomb() -> bytes:
    """A page of 300 million characters in a few kilobytes: a form that shows itself tenfold, nine deep."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        _FONT,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R "
        b"/Resources << /XObject << /X 6 0 R >> /Font << /F1 3 0 R >> >> >>",
        stream(b"/X Do " * 10),
    ]
    for depth in range(8):
        last = depth == 7
        body = b"BT /F1 9 Tf 72 700 Td (aaaaaaaaaa) Tj ET " * 10 if last else b"/X Do " * 10
        resources = b"/Font << /F1 3 0 R >>" if last else b"/XObject << /X %d 0 R >>" % (7 + depth)
        objects.append(
            stream(
                body,
                b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << %s >>" % resources,
            )
        )
    return pdf(*objects)


def zip_of(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def zip_bomb(size: int = 2**30) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("big.txt", "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(2**20))
    return out.getvalue()


def lying_zip() -> bytes:
    """A member that says it has 10 bytes and has 64 MB."""
    data = bytearray(zip_bomb(64 << 20))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.find(mark)
        data[at + offset : at + offset + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def nested_zip(depth: int) -> bytes:
    data = zip_of({"deep.txt": b"at the bottom"})
    for level in range(depth):
        data = zip_of({f"level{level}.zip": data})
    return data


def linked_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("link.txt")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def tar_of(members: list[tuple[str, bytes | str | None]], mode: str = "w:gz") -> bytes:
    """members: (name, bytes of a file | target of a symbolic link | None for a device)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.type = tarfile.CHRTYPE if content is None else tarfile.SYMTYPE
                entry.linkname = content or ""
                archive.addfile(entry)
    return out.getvalue()


def gzip_bomb() -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as stream_:
        for _ in range(512):
            stream_.write(bytes(2**20))
    return out.getvalue()


def laughing_docx() -> bytes:
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10 if at else b"lol") for at in range(10)
    )
    document = (
        b'<?xml version="1.0"?><!DOCTYPE w:document [' + entities + b"]>"
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p>'
        b"<w:r><w:t>&l9;</w:t></w:r></w:p></w:body></w:document>"
    )
    return zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": document})
