"""CSV and TSV: where rows end, and what one bad byte or quote costs."""

import pytest

from rewarm.data.collect.origins import files
from rewarm.data.collect.readers import read
from rewarm.data.collect.records import Record

LAW = "第一条 为了保护民事主体的合法权益，调整民事关系，维护社会和经济秩序，制定本法。"


@pytest.fixture
def rows(tmp_path, source):
    """(texts, faults by row and reason) of a table's bytes."""

    def read_rows(content: bytes, name="a.csv"):
        (tmp_path / name).write_bytes(content)
        given = source(tmp_path / name, text="text")
        found = [item for origin in files(given) for item in read(origin, given, 2**20)]
        texts = [item.text for item in found if isinstance(item, Record)]
        other = [(item.position, item.reason) for item in found if not isinstance(item, Record)]
        return texts, other

    return read_rows


def test_a_quote_inside_a_field_is_an_inch(rows) -> None:
    content = b'id,text\n1,5" pipe\n2,fine\n3,"two\nlines, ""quoted"""\n4,6" pipe\n'
    assert rows(content) == (['5" pipe', "fine", 'two\nlines, "quoted"', '6" pipe'], [])
    assert rows(content.replace(b",", b"\t"), "a.tsv")[1] == []


def test_lines_that_are_no_row_together_are_read_one_by_one(rows) -> None:
    texts, other = rows(b'id,text\n1,"open\n2,fine\n3,"x" y\n4,last\n')
    assert texts == ["fine", "last"]
    assert other == [("1", "parse.csv"), ("3", "parse.csv")]


@pytest.mark.parametrize(("before", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"", "gb18030")])
def test_a_bad_byte_costs_its_row(rows, before: bytes, encoding: str) -> None:
    good = [f"{number},{LAW}".encode(encoding) for number in range(9)]
    bad = good[0][:-1] + b"\xff\xff"
    texts, other = rows(before + b"\n".join([b"id,text", *good[:4], bad, *good[4:]]))
    assert texts == [LAW] * 9
    assert ("5", "parse.encoding") in other and len(other) == 1 + (encoding != "utf-8")
