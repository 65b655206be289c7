"""One small file of each format, made by the library that others use to make them."""

import io
import zipfile

import hostile

from rewarm.parse import read as reading

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>'
    "<text:tracked-changes><text:p>deleted text</text:p></text:tracked-changes>"
    "<text:h>Lease</text:h><text:p>Rent is<text:s text:c='2'/>due<text:line-break/>monthly."
    "<office:annotation><text:p>a reviewer's note</text:p></office:annotation></text:p>"
    "<table:table><table:table-row><table:table-cell><text:p>Month</text:p></table:table-cell>"
    "<table:table-cell><text:p>Rent</text:p></table:table-cell></table:table-row></table:table>"
    "</office:text></office:body></office:document-content>"
)
_PAGE = (
    "<!DOCTYPE html><html><head><title>T</title><style>p {}</style></head><body><nav><a href='/'>Home</a> "
    "<a href='/x'>Products</a></nav><article><h1>Notice periods</h1>"
    + "".join(
        f"<p>Paragraph {n} explains at some length that a notice of termination must be given in writing and "
        f"reach the other party in time, as section {n} says.</p>"
        for n in range(6)
    )
    + "<table><tr><td>Months</td><td>Three</td></tr></table></article>"
    "<footer>Imprint · Cookies</footer></body></html>"
)


def word() -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Lease agreement", 1)
    document.add_paragraph("The tenant pays rent.")
    table = document.add_table(2, 2)
    for row, cells in zip(table.rows, (("Month", "Rent"), ("May", "900")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph("After the table.")
    paragraph = document.add_paragraph("Kept ")
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    from lxml import etree

    for kind, tag, text in (("ins", "t", "inserted "), ("del", "delText", "deleted ")):
        change = etree.SubElement(paragraph._p, f"{{{w}}}{kind}")
        run = etree.SubElement(change, f"{{{w}}}r")
        etree.SubElement(run, f"{{{w}}}{tag}").text = text
    hidden = paragraph.add_run("hidden")
    hidden.font.hidden = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_gives_body_and_tables_in_order_as_printed(parsed):
    given = parsed(word(), "a.bin")
    parts = ["Lease agreement", "The tenant pays rent.", "Month\tRent\nMay\t900", "After the table."]
    assert given.text == "\n\n".join([*parts, "Kept inserted"])
    assert given.documents[0].kind == "docx"


def test_slides_are_pages(parsed):
    import pptx

    presentation = pptx.Presentation()
    for number in (1, 2, 3):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = f"Title {number}"
        slide.placeholders[1].text = f"Point {number}"
        slide.notes_slide.notes_text_frame.text = f"Said {number}"
    presentation.slides[1]._element.set("show", "0")
    out = io.BytesIO()
    presentation.save(out)
    given = parsed(out.getvalue())
    assert given.text == "Title 1\n\nPoint 1\n\nSaid 1\n\nTitle 3\n\nPoint 3\n\nSaid 3"
    assert [page.number for page in given.documents[0].pages] == [1, 3]
    assert given.reasons == ["parse.hidden"]


def test_sheets_are_pages_and_hidden_ones_are_listed(parsed):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Rents"
    book.active.append(["Month", "Rent", None])
    book.active.append(["May", 900.5, True])
    secret = book.create_sheet("Salaries")
    secret.append(["secret"])
    secret.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    given = parsed(out.getvalue())
    assert given.text == "Rents\n\nMonth\tRent\nMay\t900.5\tTRUE"
    assert "Salaries" in given.problems[0].detail and given.reasons == ["parse.hidden"]


def test_open_document_without_changes_and_notes(parsed):
    given = parsed(hostile.zip_of({"mimetype": b"x", "content.xml": _ODT.encode()}))
    assert given.text == "Lease\n\nRent is  due\nmonthly.\n\nMonth\tRent"


def test_rich_text_in_chinese(parsed):
    data = (
        b"{\\rtf1\\ansi\\ansicpg936\\deff0{\\fonttbl{\\f0\\fcharset134 SimSun;}}\\f0 "
        b"\\'ba\\'cf\\'cd\\'ac\\par two\\par}"
    )
    assert parsed(data).text == "合同\ntwo"


def epub() -> bytes:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="b" href="two%20.xhtml"/>'
        '<item id="a" href="../one.xhtml"/><item id="n" href="nav.xhtml" properties="nav"/></manifest>'
        '<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    page = "<!DOCTYPE html><html><body><h1>{0}</h1><p>Chapter {0}.</p></body></html>"
    return hostile.zip_of(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "OEBPS/book.opf": opf.encode(),
            "one.xhtml": page.format("one").encode(),
            "OEBPS/two .xhtml": page.format("two").encode("utf-16"),
            "OEBPS/nav.xhtml": b"<html>contents</html>",
        }
    )


def test_epub_chapters_in_the_order_of_the_spine(parsed):
    given = parsed(epub())
    assert given.text == "one\n\nChapter one.\n\ntwo\n\nChapter two."
    assert len(given.documents[0].pages) == 2


def test_html_gives_the_main_content(parsed):
    given = parsed(_PAGE.encode(), "page")
    assert "Paragraph 5 explains" in given.text and "Notice periods" in given.text
    assert "Months" in given.text and "Three" in given.text
    assert "Products" not in given.text and "Cookies" not in given.text


def test_html_of_a_chinese_encoding_and_a_bare_fragment(parsed):
    text = "当事人应当按照约定全面履行自己的义务，不得擅自变更合同。" * 5
    html = f"<html><body><p>{text}</p></body></html>"
    given = parsed(html.encode("gb18030"))
    assert "全面履行" in given.text and given.reasons == ["encoding.gb18030"]
    assert parsed(b"<html><body><table><tr><td>a<td>b</table></body></html>").text == "a\tb"


def test_a_web_archive_gives_its_pages(parsed):
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    for number, (status, kind) in enumerate(
        [("200 OK", "text/html; charset=utf-8"), ("404 Not Found", "text/html"), ("200 OK", "image/png")]
    ):
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        body = io.BytesIO(_PAGE.encode())
        address = f"https://example.org/{number}"
        writer.write_record(
            writer.create_warc_record(address, "response", payload=body, http_headers=headers)
        )
    given = parsed(out.getvalue())
    assert "Paragraph 5 explains" in given.text and given.documents[0].meta["url"] == "https://example.org/0"
    import gzip

    packed = parsed(gzip.compress(out.getvalue()))
    assert [member.name for member in packed.members] == ["file"]


def test_a_wiki_dump_gives_articles_without_markup(parsed):
    page = (
        "<page><title>{0}</title><ns>{1}</ns><id>{2}</id>{3}<revision><id>1</id><timestamp>2024-01-01T00:00:00Z"
        "</timestamp><text>{4}</text></revision></page>"
    )
    source = (
        "{{Infobox|a=1}}'''Lease''' is a [[contract|kind of contract]].&lt;ref&gt;Source&lt;/ref&gt;\n"
        "[[Category:Law]]"
    )
    dump = (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">'
        + page.format("Lease", 0, 7, "", source)
        + page.format("Talk:Lease", 1, 8, "", "chat")
        + page.format("Rent", 0, 9, '<redirect title="Lease"/>', "#REDIRECT [[Lease]]")
        + "</mediawiki>"
    )
    given = parsed(dump.encode())
    assert given.text == "Lease\n\nLease is a kind of contract."
    assert given.documents[0].position == "7"
    entity = dump.replace("<mediawiki", '<!DOCTYPE x [<!ENTITY a "b">]><mediawiki', 1)
    assert parsed(entity.encode()).reasons == ["parse.entities"]


def test_an_encrypted_office_file_says_so(parsed):
    data = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    assert parsed(data).reasons == ["parse.encrypted"]


def test_an_old_word_file_is_listed_where_libreoffice_is_missing(parsed, monkeypatch):
    reading.close()  # a new child, which finds no program on its path
    monkeypatch.setenv("PATH", "")
    data = _OLE + bytes(600) + "WordDocument".encode("utf-16-le") + bytes(600)
    given = parsed(data)
    reading.close()
    assert given.reasons == ["parse.legacy_office"] and "LibreOffice" in given.problems[0].detail


def test_a_zip_package_that_unpacks_to_too_much(parsed):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w>" + b" " * (64 << 20))
    assert parsed(out.getvalue()).reasons == ["parse.expansion"]
