import hostile
import pytest

from rewarm.parse import kinds


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02" * 50, "other"),
        (b"junk before\n%PDF-1.4", "pdf"),
        (b"<?xml version='1.0'?><!-- x -->\n<!DOCTYPE html><html>", "html"),
        (b"\xef\xbb\xbf<html lang='de'>", "html"),
        (b"<mediawiki xmlns='x'>", "mediawiki"),
        (b"From a@b Mon Jun  3 10:00:00 2024\nFrom: a\n", "mbox"),
        (b"From now on, all is well.\n", "text"),
        (b"Received: by x\r\n (y)\r\nFrom: a\r\nSubject: b\r\n\r\n", "eml"),
        (b"To: do this\nFrom: there\n", "text"),
        (b"title: x\nsubject: y\nlayout: z\n\n# Markdown", "text"),
        ('{"text": "a"}'.encode("utf-16"), "text"),
        (b"BZh is how bzip2 begins, and this text", "text"),
        (b"WARC/1.0\r\nWARC-Type: warcinfo", "warc"),
    ],
)
def test_kinds_by_the_first_bytes(head, kind):
    assert kinds.of_head(head) == kind


def test_zip_containers_by_what_is_inside(tmp_path):
    for name, kind in [("word/document.xml", "docx"), ("content.xml", "odt"), ("a.txt", "zip")]:
        (tmp_path / "x").write_bytes(hostile.zip_of({name: b"x"}))
        assert kinds.of_file(tmp_path / "x") == kind
    (tmp_path / "x").write_bytes(hostile.zip_of({"a": b"x"})[:40])
    assert kinds.of_file(tmp_path / "x") == "zip"


def test_a_short_signature_of_letters_needs_more_than_the_letters():
    """A file of three bytes that begin a JPEG image is a broken image; BMW is a word."""
    assert kinds.of_head(b"\xff\xd8\xff") == "image"
    assert kinds.of_head(b"BMW and MZ are names.") == "text"
    assert kinds.of_head(b"BM\x00\x01\x02" + bytes(50)) == "other"
