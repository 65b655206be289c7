"""Authors, comments, deleted passages and hidden parts: read when they are asked for, and only then."""

import io
from email.message import EmailMessage

import hostile
import pytest
from lxml import etree

from rewarm.parse.spans import taken

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ALL = {"include": ["authors", "comments", "deletions", "hidden"]}


def spans(given) -> dict[str, list[str]]:
    """Marked texts by kind."""
    (document,) = given.documents
    found: dict[str, list[str]] = {}
    for page in document.pages:
        for kind, start, end in page.spans:
            assert page.start <= start <= end <= page.end
            found.setdefault(kind, []).append(document.text[start:end])
    return found


def word() -> bytes:
    import docx

    document = docx.Document()
    document.core_properties.author = "Anna Author"
    paragraph = document.add_paragraph("The tenant pays rent")
    run = paragraph.add_run(" monthly.")
    gone = etree.SubElement(paragraph._p, f"{{{_W}}}del")
    etree.SubElement(etree.SubElement(gone, f"{{{_W}}}r"), f"{{{_W}}}delText").text = " weekly"
    paragraph.add_run(" secret").font.hidden = True
    document.add_comment(run, text="Check the rent", author="Ben Reviewer")
    document.add_paragraph("The end.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word(parsed):
    plain = parsed(word(), "a.docx")
    assert plain.text == "The tenant pays rent monthly.\n\nThe end."
    assert plain.documents[0].meta == {} and not spans(plain)
    given = parsed(word(), "a.docx", **ALL)
    assert given.text == (
        "The tenant pays rent monthly.[deleted:  weekly] secret\n\nComment: Check the rent\n\nThe end."
    )
    assert given.documents[0].meta["authors"] == "Anna Author; Ben Reviewer"
    assert spans(given) == {"deletion": ["[deleted:  weekly]"], "comment": ["Comment: Check the rent"]}


@pytest.mark.parametrize(("include", "gives"), [("comments", "Check the rent"), ("hidden", "secret")])
def test_each_is_asked_for_by_itself(parsed, include, gives):
    given = parsed(word(), "a.docx", include=[include])
    assert gives in given.text and "weekly" not in given.text
    assert given.documents[0].meta == {}


def test_comments_of_a_table_in_word_follow_it(parsed):
    import docx

    document = docx.Document()
    table = document.add_table(1, 2)
    run = table.rows[0].cells[0].paragraphs[0].add_run("Rent")
    table.rows[0].cells[1].text = "900"
    document.add_comment(run, text="每月支付", author="x")
    out = io.BytesIO()
    document.save(out)
    assert parsed(out.getvalue(), include=["comments"]).text == "Rent\t900\n\n批注：每月支付"


def test_sheets(parsed):
    import openpyxl
    from openpyxl.comments import Comment

    book = openpyxl.Workbook()
    book.properties.creator = "Anna Author"
    book.active.title = "Rents"
    book.active["A1"], book.active["B1"] = "May", 900
    book.active["B1"].comment = Comment("too high", "Ben Reviewer")
    secret = book.create_sheet("Salaries")
    secret["A1"] = "private"
    secret.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    plain = parsed(out.getvalue())
    assert plain.text == "Rents\n\nMay\t900" and plain.reasons == ["parse.hidden"]
    given = parsed(out.getvalue(), **ALL)
    assert given.text == "Rents\n\nMay\t900\n\nComment: B1 too high\n\nSalaries\n\nprivate"
    assert given.documents[0].meta["authors"].split("; ")[::2] == ["Anna Author"]
    assert "Ben Reviewer" in given.documents[0].meta["authors"]
    assert not given.problems and spans(given) == {"comment": ["Comment: B1 too high"]}


def test_slides(parsed):
    import pptx
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    presentation = pptx.Presentation()
    for number in (1, 2):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = f"Title {number}"
    slide._element.set("show", "0")
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    package = presentation.part.package
    said = f'<p:cmLst xmlns:p="{p}"><p:cm authorId="0"><p:text>Say more</p:text></p:cm></p:cmLst>'
    names = f'<p:cmAuthorLst xmlns:p="{p}"><p:cmAuthor id="0" name="Ben Reviewer"/></p:cmAuthorLst>'
    comments = Part(PackURI("/ppt/comments/comment1.xml"), "application/xml", package, said.encode())
    people = Part(PackURI("/ppt/commentAuthors.xml"), "application/xml", package, names.encode())
    presentation.slides[0].part.relate_to(comments, RELATIONSHIP_TYPE.COMMENTS)
    presentation.part.relate_to(people, RELATIONSHIP_TYPE.COMMENT_AUTHORS)
    out = io.BytesIO()
    presentation.save(out)
    plain = parsed(out.getvalue())
    assert plain.text == "Title 1" and plain.reasons == ["parse.hidden"]
    given = parsed(out.getvalue(), **ALL)
    assert given.text == "Title 1\n\nComment: Say more\n\nTitle 2" and not given.problems
    assert "Ben Reviewer" in given.documents[0].meta["authors"]


_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
        "presentation": "presentation",
    }.items()
)  # fmt: skip
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def open_document(body: str, styles: str = "") -> bytes:
    content = (
        f"<office:document-content {_SPACES} {_DC}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    )
    meta = f"<office:document-meta {_SPACES} {_DC}><office:meta><dc:creator>Anna</dc:creator></office:meta>"
    meta += "</office:document-meta>"
    return hostile.zip_of({"mimetype": b"x", "content.xml": content.encode(), "meta.xml": meta.encode()})


def test_open_document_text(parsed):
    data = open_document(
        "<office:text><text:tracked-changes><text:changed-region text:id='c1'><text:deletion>"
        "<text:p>not </text:p></text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>Rent is <text:change text:change-id='c1'/>due.<office:annotation>"
        "<dc:creator>Ben</dc:creator><text:p>When?</text:p></office:annotation>"
        "<text:note><text:note-body><text:p>See 4.</text:p>"
        "</text:note-body></text:note></text:p></office:text>"
    )
    assert parsed(data).text == "Rent is due. (See 4.)"
    assert spans(parsed(data)) == {"footnote": ["(See 4.)"]}
    assert parsed(data, footnotes="drop").text == "Rent is due."
    given = parsed(data, **ALL)
    assert given.text == "Rent is [deleted: not]due. (See 4.)\n\nComment: When?"
    assert given.documents[0].meta["authors"] == "Anna; Ben"


def test_open_document_sheets_and_slides(parsed):
    hidden = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    cell = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
    data = open_document(
        f"<office:spreadsheet><table:table table:name='A'>{cell.format('open')}</table:table>"
        f"<table:table table:name='B' table:style-name='h'>{cell.format('closed')}</table:table>"
        "</office:spreadsheet>",
        hidden,
    )
    assert parsed(data).text == "open" and parsed(data).reasons == ["parse.hidden"]
    assert parsed(data, include=["hidden"]).text == "open\n\nclosed"
    slide = (
        '<style:style style:name="h"><style:drawing-page-properties presentation:visibility="hidden"/>'
        "</style:style>"
    )
    data = open_document(
        "<office:presentation><draw:page><text:p>one</text:p></draw:page>"
        "<draw:page draw:style-name='h'><text:p>two</text:p></draw:page></office:presentation>",
        slide,
    )
    assert parsed(data).text == "one" and parsed(data).reasons == ["parse.hidden"]
    assert parsed(data, include=["hidden"]).text == "one\n\ntwo"


def test_annotations_of_a_pdf(parsed):
    notes = (
        b"/Annots [<< /Type /Annot /Subtype /Text /Rect [10 10 20 20] /T (Ben) /Contents (Is that so?) >> "
        b"<< /Type /Annot /Subtype /Link /Rect [10 10 20 20] /Contents (a link) >>] "
    )
    data = hostile.pages(hostile.text("The tenant pays the rent."), annotations=notes)
    assert parsed(data).text == "The tenant pays the rent."
    given = parsed(data, **ALL)
    assert given.text == "The tenant pays the rent.\n\nComment: Is that so?"
    assert given.documents[0].meta["authors"] == "Ben"
    assert spans(given) == {"comment": ["Comment: Is that so?"]}


def test_the_sender_of_a_mail(parsed):
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = "Anna <a@b.example>", "Rent", "1 May 2024"
    message.set_content("Please pay.")
    data = message.as_bytes()
    assert "authors" not in parsed(data, "m.eml").documents[0].meta
    assert "Anna" in parsed(data, "m.eml", **ALL).documents[0].meta["authors"]


def test_marks_in_a_document_are_removed():
    text, found, places = taken("a\ufdd0b\ufdefc\ufdd1d")
    assert text == "abcd" and found == (("footnote", 1, 2),) and places.after(7) == 4
