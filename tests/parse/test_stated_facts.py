"""Dates, licences and reserved uses that files state: read as written, and only then."""

import io
import json
from email.message import EmailMessage

import hostile
import pytest

from rewarm.parse.web.page_facts import page_facts
from rewarm.parse.web.tdmrep import reserved_by, rules_of

COMMONS = "https://creativecommons.org/licenses"
BODY = "<p>" + "A page about leases and their ends. " * 30 + "</p>"


@pytest.mark.parametrize(
    ("head", "facts"),
    [
        ("", {}),
        ('<meta property="article:published_time" content="2024-03-05T10:00:00Z">',
         {"date": "2024-03-05T10:00:00Z", "date_from": "meta article.published_time"}),
        ("<meta property=article:published_time content=soon><meta itemprop=dateCreated datetime=2018-02-02>",
         {"date": "2018-02-02", "date_from": "meta datecreated"}),
        ("<meta name=lastmodified content=2018-02-05><time class='entry-date' datetime='2017-01-01'></time>",
         {"date": "2017-01-01", "date_from": "time"}),
        ('<time class="updated" datetime="2019-01-03T14:56:51+00:00"></time>',
         {"date": "2019-01-03T14:56:51+00:00", "date_from": "time updated"}),
        ('<abbr class="published" title="2016-11-12">12 Nov</abbr><img src="/2019-05-05/x.jpg"> © 2017',
         {"date": "2016-11-12", "date_from": "time"}),
        ("<meta content='2019' name=DC.date><meta name=date content=2020-01-01>",
         {"date": "2019", "date_from": "meta dc.date"}),
        ('<script type="application/ld+json">{"dateModified":"2025", "datePublished":"2023-01-02"}</script>',
         {"date": "2023-01-02", "date_from": "JSON-LD datePublished"}),
        ('<time datetime="2001-01-01">a comment</time><time pubdate datetime="2022-02-02">2 Feb</time>',
         {"date": "2022-02-02", "date_from": "time"}),
        ('<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC</a>',
         {"licence": "https://creativecommons.org/licenses/by/4.0/", "licence_from": "rel=license"}),
        (f'<a href="{COMMONS}/by-sa/3.0/de/deed.en">CC</a>',
         {"licence": f"{COMMONS}/by-sa/3.0/de", "licence_from": "Creative Commons link"}),
        (f'<a href="{COMMONS}/by/4.0/"></a><a href="{COMMONS}/by-nd/4.0/"></a>', {}),
        ('<meta name="robots" content="noindex, NOAI,noimageai">', {"rights": ["noai", "noimageai"]}),
        ('<meta name="robots" content="noaix">', {}),
        ('<meta name="tdm-reservation" content="1">', {"rights": ["tdm-reserved"]}),
        ('<meta name="tdm-reservation" content="0">', {}),
    ],
)  # fmt: skip
def test_what_a_page_states(parsed, head, facts):
    page = f"<html><head><title>Lease</title>{head}</head><body>{BODY}</body></html>"
    assert page_facts(page) == facts
    assert parsed(page.encode(), "a.html").documents[0].meta == facts


def test_headers_are_asked_after_the_page():
    headers = {
        "Last-Modified": "Tue, 05 Mar 2024 23:30:00 GMT",
        "X-Robots-Tag": "noai",
        "tdm-reservation": "1",
    }
    assert page_facts("<p>x</p>", headers.get) == {
        "date": "Tue, 05 Mar 2024 23:30:00 GMT",
        "date_from": "Last-Modified",
        "rights": ["noai", "tdm-reserved"],
    }
    dated = page_facts('<meta name="date" content="2020">', headers.get)
    assert (dated["date"], dated["date_from"]) == ("2020", "meta date")


def test_a_hostile_page_takes_no_time():
    assert page_facts("<meta " * 200_000) == {} and page_facts("<a href=" + "x" * 10**6) == {}


def archive(*responses: tuple[str, str, str, list[tuple[str, str]]]) -> bytes:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    for address, kind, body, more in responses:
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind), *more], protocol="HTTP/1.1")
        dated = {"WARC-Date": "2025-05-05T00:00:00Z"}
        writer.write_record(
            writer.create_warc_record(
                address, "response", payload=io.BytesIO(body.encode()), http_headers=headers,
                warc_headers_dict=dated,
            )
        )  # fmt: skip
    return out.getvalue()


def test_a_crawl_has_dates_headers_and_the_rules_of_its_hosts(parsed):
    page = f"<html><body>{BODY}</body></html>"
    rules = json.dumps(
        [{"location": "/open/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]
    )
    given = parsed(
        archive(
            ("https://a.org/.well-known/tdmrep.json", "application/json", rules, []),
            ("https://a.org/open/1", "text/html", page, []),
            ("https://a.org/2", "text/html", page, [("Last-Modified", "Wed, 01 Feb 2023 00:00:00 GMT")]),
            ("https://b.org/3", "text/html", page, [("X-Robots-Tag", "noai")]),
        )
    )
    found = [(one.meta.get("rights"), one.meta["date_from"]) for one in given.documents]
    assert found == [(None, "WARC-Date"), (["tdm-reserved"], "Last-Modified"), (["noai"], "WARC-Date")]
    assert given.documents[0].meta["date"] == "2025-05-05T00:00:00Z"


@pytest.mark.parametrize(
    ("location", "path", "reserved"),
    [
        ("/", "/x", True), ("/a", "/b", False), ("*", "/", True), ("/a$", "/a", True), ("/a$", "/ab", False),
        ("/a*z$", "/a/b/z", True), ("/a*z$", "/a/b/zy", False), ("/a*a$", "/a", False), 
        ("/*.pdf", "/x.pdf?y", True),
    ],
)  # fmt: skip
def test_rules_match_paths(location, path, reserved):
    rules = rules_of(json.dumps([{"location": location, "tdm-reservation": 1}]).encode())
    assert reserved_by(rules, path) is reserved


@pytest.mark.parametrize("data", [b"", b"{}", b'[1, {}, {"location": 3}]', b"\xff"])
def test_what_is_no_list_of_rules_reserves_nothing(data):
    assert rules_of(data) == []


def test_a_mail_has_its_header_date(parsed):
    message = EmailMessage()
    message["Subject"], message["Date"] = "Rent", "Tue, 05 Mar 2024 23:30:00 -0500"
    message.set_content("The rent is due on the first of the month.")
    meta = parsed(message.as_bytes(), "a.eml").documents[0].meta
    assert meta["date"] == "Tue, 05 Mar 2024 23:30:00 -0500" and meta["date_from"] == "Date"


def xmp(*properties: str) -> bytes:
    body = "".join(properties)
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {body}</rdf:RDF></x:xmpmeta>'.encode()
    )


def test_a_pdf_states_date_and_rights(parsed):
    given = hostile.pages(hostile.text(*["The tenant pays the rent to the landlord on time."] * 8))
    assert "date" not in parsed(given, "a.pdf").documents[0].meta
    packet = xmp(
        'xmp:CreateDate="2020-02-03T04:05:06Z" tdm:reservation="1">',
        "<dc:rights><rdf:Alt><rdf:li>CC BY 4.0</rdf:li></rdf:Alt></dc:rights></rdf:Description>",
    )
    meta = parsed(given.replace(b"%%EOF", b"%" + packet + b"\n%%EOF"), "b.pdf").documents[0].meta
    assert (meta["date"], meta["date_from"]) == ("2020-02-03T04:05:06Z", "xmp:CreateDate")
    assert (meta["licence"], meta["licence_from"], meta["rights"]) == (
        "CC BY 4.0",
        "dc:rights",
        ["tdm-reserved"],
    )


def test_office_files_state_when_they_were_made(parsed):
    import datetime

    import docx
    import openpyxl

    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph("The tenant pays rent monthly.")
    document.save(out)
    assert parsed(out.getvalue(), "a.docx").documents[0].meta == {}, "the date of python-docx's template"
    document.core_properties.created = datetime.datetime(2021, 3, 4)
    out = io.BytesIO()
    document.save(out)
    meta = parsed(out.getvalue(), "b.docx").documents[0].meta
    assert meta == {"date": "2021-03-04T00:00:00Z", "date_from": "created"}
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["rent", 1000])
    book.properties.created = datetime.datetime(2019, 8, 7)
    book.save(out)
    assert parsed(out.getvalue(), "c.xlsx").documents[0].meta["date"].startswith("2019-08-07")


def test_an_open_document_and_a_book_state_their_dates(parsed):
    from test_formats import epub

    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
        "<text:p>Rent is due.</text:p></office:text></office:body></office:document-content>"
    )
    about = (
        '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<office:meta><dc:date>2024-09-09</dc:date><meta:creation-date>2018-01-02T03:04:05</meta:creation-date>"
        "</office:meta></office:document-meta>"
    )
    made = hostile.zip_of(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode(),
         "meta.xml": about.encode()}
    )  # fmt: skip
    meta = parsed(made, "a.odt").documents[0].meta
    assert meta == {"date": "2018-01-02T03:04:05", "date_from": "creation-date"}
    assert "date" not in parsed(epub(), "a.epub").documents[0].meta


@pytest.mark.parametrize(
    ("group", "facts"),
    [
        (rb"{\info{\creatim\yr2004\mo5\dy3\hr10}{\revtim\yr2005\mo1\dy1}}",
         {"date": "2004-05-03", "date_from": "creatim"}),
        (rb"{\info{\revtim\yr2005\mo11}}", {"date": "2005-11", "date_from": "revtim"}),
        (rb"", {}),
    ],
)  # fmt: skip
def test_rich_text_states_when_it_was_made(parsed, group, facts):
    made = rb"{\rtf1\ansi " + group + rb"The rent is due on the first of the month.}"
    assert parsed(made, "a.rtf").documents[0].meta == facts
