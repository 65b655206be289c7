import gzip
import json
import random
import sqlite3
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.collect.json_lines import lines
from rewarm.data.collect.origins import files
from rewarm.data.collect.readers import read
from rewarm.data.collect.records import Fault, Note, Record
from rewarm.text import encoding
from rewarm.text.markup import text_of

CHINESE = (
    "第一条 为了保护民事主体的合法权益，调整民事关系，维护社会和经济秩序，"
    "适应中国特色社会主义发展要求，制定本法。"
)
KOREAN = (
    "제1조 이 법은 국민의 권리를 보호하고 사회 질서를 유지하기 위하여 필요한 사항을 정함을 목적으로 한다."
)
FRENCH = "Après l'été, le garçon élève déjà être près; où çà? Île, naïve, Noël, sœur"


def items(source, most=2**20):
    return [item for origin in files(source) for item in read(origin, source, most)]


def texts(found):
    return [item.text for item in found if isinstance(item, Record)]


def reasons(found):
    return [(item.position, item.reason) for item in found if not isinstance(item, Record)]


def test_bad_lines_are_faults_and_the_others_documents(tmp_path, source):
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"text": "one", "page": 3, "tags": ["x"]}\r\n\n{"text": "tw\n[1]\n'
        b'{"body": "x"}\n{"text": 5}\n{"text": " "}\n'
        b'{"text": "\xff\xfe"}\n{"text": "last", "score": NaN}'
    )
    found = items(source(path))
    assert texts(found) == ["one", "last"]
    assert found[0] == Record("1", "one", {"page": 3})
    assert reasons(found) == [
        ("3", "parse.json"),
        ("4", "parse.field"),
        ("5", "parse.field"),
        ("6", "parse.field"),
        ("7", "parse.empty"),
        ("8", "parse.encoding"),
    ]
    details = {item.position: item.detail for item in found if isinstance(item, Fault)}
    assert "missing; there are body" in details["5"] and "a number" in details["6"]
    assert "byte 10 (0xff)" in details["8"]


@given(st.lists(st.text().filter(str.strip)))
def test_any_texts_survive_json_lines(tmp_path_factory, source_of, written):
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in written), encoding="utf-8")
    found = items(source_of(path))
    assert texts(found) == written
    assert bool(written) or reasons(found) == [("", "parse.empty_file")]


@pytest.fixture(scope="session")
def source_of():
    from rewarm.recipe import Source

    return lambda path: Source(name="law", path=path).model_dump(mode="json")


@given(
    st.binary(max_size=300).map(lambda data: data.replace(b"\r", b"\n")),
    st.integers(1, 40),
    st.integers(0, 9),
)
def test_lines_do_not_depend_on_blocks(data, step, most):
    blocks = [data[at : at + step] for at in range(0, len(data), step)]
    whole = data.split(b"\n")
    whole = whole if whole[-1] else whole[:-1]
    found = list(lines(blocks, most))
    assert [(number, size) for number, _, size in found] == [
        (n + 1, len(line)) for n, line in enumerate(whole)
    ]
    assert all(line == whole[number - 1] for number, line, size in found if size <= most)


def test_a_line_of_50_mb_is_never_held(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as out:
        out.write(b'{"text": "before"}\n{"text": "')
        for _ in range(50):
            out.write(b"x" * 10**6)
        out.write(b'"}\n{"text": "after"}\n')
    code = f"""
import resource
from rewarm.data.collect.origins import files
from rewarm.data.collect.readers import read
from rewarm.recipe import Source
source = Source(name="law", path={str(path)!r}).model_dump(mode="json")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = [item for origin in files(source) for item in read(origin, source, 10**6)]
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before, [(item.position, getattr(item, "reason", "")) for item in found], found[1].detail)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    grown, said = result.stdout.split(" ", 1)
    assert "[('1', ''), ('2', 'parse.too_long'), ('3', '')] line of 50,000,012 bytes" in said
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(grown) * unit < 20 * 2**20


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
@pytest.mark.parametrize("harm", ["none", "cut", "flip"])
def test_records_before_a_break_are_kept(tmp_path, source, compress, harm):
    noise = random.Random(0)
    written = [noise.randbytes(500).hex() for _ in range(3000)]
    data = compress("".join(json.dumps({"text": text}) + "\n" for text in written).encode())
    middle = len(data) // 2
    if harm == "cut":
        data = data[:middle]
    elif harm == "flip":
        data = data[:middle] + bytes(255 - byte for byte in data[middle : middle + 50]) + data[middle + 50 :]
    path = tmp_path / ("a.jsonl.gz" if compress is gzip.compress else "a.jsonl.zst")
    path.write_bytes(data)
    found = items(source(path))
    if harm == "none":
        assert texts(found) == written
    else:
        assert found[-1].reason == "parse.compressed"
        kept = texts(found)
        assert kept[:1000] == written[:1000] and len(kept) < 3000


@pytest.mark.parametrize("name", ["gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_other_encodings_read_as_they_were_meant(tmp_path, source, name):
    text = CHINESE + "\n1. Scope\n"
    (tmp_path / "a.txt").write_bytes(text.encode(name))
    (tmp_path / "b.jsonl").write_bytes((json.dumps({"text": text}, ensure_ascii=False) + "\n").encode(name))
    found = items(source(tmp_path, files=["*.txt", "*.jsonl"]))
    assert texts(found) == [text, text]
    notes = [item for item in found if isinstance(item, Note)]
    assert len(notes) == (0 if name == "utf-8-sig" else 2)
    assert all(note.reason.startswith("encoding.") for note in notes)


@pytest.mark.parametrize(
    ("text", "name"), [(KOREAN, "euc-kr"), (FRENCH, "latin-1"), ("民法總則，為了保護當事人" * 9, "big5")]
)
def test_what_makes_no_sense_as_chinese_is_a_fault(tmp_path, source, text, name):
    (tmp_path / "a.txt").write_bytes(text.encode(name, "ignore"))
    assert reasons(items(source(tmp_path / "a.txt"))) == [("", "parse.encoding")]


@given(st.binary(max_size=200))
def test_decoding_gives_text_or_says_why_not(data):
    try:
        text, name = encoding.decode(data)
    except UnicodeError:
        assert "not UTF-8" in encoding.why_not(data)
    else:
        assert data.decode(name) == text


def test_one_gbk_line_in_a_utf8_file(tmp_path, source):
    row = json.dumps({"text": CHINESE}, ensure_ascii=False)
    (tmp_path / "a.jsonl").write_bytes(row.encode() + b"\n" + row.encode("gb18030") + b"\n")
    found = items(source(tmp_path / "a.jsonl"))
    assert texts(found) == [CHINESE, CHINESE]
    assert reasons(found) == [("2", "encoding.gb18030")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet", "a.txt", "a.md.gz", "a.parquet.zst"])
def test_empty_file(tmp_path, source, name):
    data = (
        gzip.compress(b"")
        if name.endswith("gz")
        else zstandard.compress(b"")
        if name.endswith("zst")
        else b""
    )
    (tmp_path / name).write_bytes(data)
    assert reasons(items(source(tmp_path / name))) == [("", "parse.empty_file")]


def test_long_text_file(tmp_path, source):
    (tmp_path / "a.txt").write_text("x" * 101)
    assert texts(items(source(tmp_path / "a.txt"), most=101)) == ["x" * 101]
    assert reasons(items(source(tmp_path / "a.txt"), most=100)) == [("", "parse.too_long")]


def test_parquet(tmp_path, source):
    table = pa.table({"body": ["one", None, "two"], "n": [1, 2, 3], "deep": [[1], [2], [3]]})
    pq.write_table(table, tmp_path / "a.parquet")
    found = items(source(tmp_path / "a.parquet", text="body"))
    assert found[0] == Record("1", "one", {"n": 1})
    assert reasons(found) == [("2", "parse.field")]
    wrong = items(source(tmp_path / "a.parquet"))
    assert reasons(wrong) == [("", "parse.field")] and "there are body, n, deep" in wrong[0].detail
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet.gz").write_bytes(gzip.compress(data))
    assert texts(items(source(tmp_path / "b.parquet.gz", text="body"))) == ["one", "two"]


def test_truncated_and_corrupt_parquet(tmp_path, source):
    noise = random.Random(0)
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [noise.randbytes(50).hex() for _ in range(4000)]})
    pq.write_table(table, path, row_group_size=1000, use_dictionary=False, compression="zstd")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert reasons(items(source(path))) == [("", "parse.parquet")]
    middle = len(data) * 5 // 8
    path.write_bytes(data[:middle] + bytes(2000) + data[middle + 2000 :])
    found = items(source(path))
    rows = table["text"].to_pylist()
    assert texts(found)[:1000] == rows[:1000] and texts(found)[-1000:] == rows[-1000:]
    (broken,) = [item for item in found if isinstance(item, Fault)]
    assert broken.reason == "parse.parquet" and "rows are lost" in broken.detail
    assert len(texts(found)) < 4000


def test_json_tree(tmp_path, source):
    tree = {
        "shapes": {
            "Bucket": {"doc": "A bucket", "type": "structure"},
            "Key": {"type": "string"},
            "Bad": {"doc": 1},
        }
    }
    (tmp_path / "a.json").write_text(json.dumps(tree))
    found = items(source(tmp_path / "a.json", records="shapes.*", text="doc"))
    assert found[0] == Record("shapes.Bucket", "A bucket", {"type": "structure"})
    assert reasons(found) == [("shapes.Bad", "parse.field")]
    assert texts(items(source(tmp_path / "a.json", text="shapes.Bucket.doc"))) == ["A bucket"]
    assert texts(items(source(tmp_path / "a.json", records="shapes.*.type", text="."))) == [
        "structure",
        "string",
    ]
    nowhere = items(source(tmp_path / "a.json", records="forms.*", text="doc"))
    assert reasons(nowhere) == [("", "parse.field")] and "top level has shapes" in nowhere[0].detail


def test_json_list_single_record_and_mistakes(tmp_path, source):
    (tmp_path / "list.json").write_text('[{"text": "one"}, {"txt": "two"}, "three"]')
    found = items(source(tmp_path / "list.json"))
    assert texts(found) == ["one"] and reasons(found) == [("1", "parse.field"), ("2", "parse.field")]
    (tmp_path / "single.json").write_text('{"text": "one", "year": 1999}')
    assert items(source(tmp_path / "single.json")) == [Record("", "one", {"year": 1999})]
    (tmp_path / "lines.json").write_text('{"text": "one"}\n{"text": "two"}\n')
    (fault,) = items(source(tmp_path / "lines.json"))
    assert fault.reason == "parse.json" and "format: jsonl" in fault.detail
    (tmp_path / "deep.json").write_text("[" * 100_000)
    assert reasons(items(source(tmp_path / "deep.json"))) == [("", "parse.json")]
    (tmp_path / "gbk.json").write_bytes(json.dumps([{"text": CHINESE}], ensure_ascii=False).encode("gbk"))
    assert texts(items(source(tmp_path / "gbk.json"))) == [CHINESE]


def test_sqlite(tmp_path, source):
    path = tmp_path / "a.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE laws (title TEXT, body TEXT)")
    database.executemany(
        "INSERT INTO laws VALUES (?, ?)", [("One", "first"), ("Two", None), ("Three", CHINESE)]
    )
    database.execute("INSERT INTO laws VALUES ('Four', CAST(? AS TEXT))", (CHINESE.encode("gbk"),))
    database.commit()
    database.close()
    fields = {"format": "sqlite", "text": "body", "query": "SELECT title, body FROM laws ORDER BY rowid"}
    found = items(source(path, **fields))
    assert found[0] == Record("1", "first", {"title": "One"})
    assert texts(found) == ["first", CHINESE, CHINESE] and reasons(found) == [("2", "parse.field")]
    path.with_suffix(".db.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert texts(items(source(path.with_suffix(".db.gz"), **fields))) == texts(found)
    assert reasons(items(source(path, **{**fields, "query": "SELECT x FROM y"}))) == [("", "parse.sqlite")]
    assert reasons(items(source(path, **{**fields, "text": "text"}))) == [("", "parse.field")]
    path.write_bytes(b"no database" * 100)
    assert reasons(items(source(path, **fields))) == [("", "parse.sqlite")]


def test_html(tmp_path, source):
    html = (
        "<html><head><title>Act 1</title><style>p {}</style><script>if (a<b) x()</script></head><body>"
        "<p>A &amp;  B\n<b>C</b></p><ul><li>one<li>two</ul><pre>x = 1\n  y</pre><![CDATA[z]]></body>"
    )
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html").write_text("<script>only()</script>")
    found = items(source(tmp_path, files=["*.html"], markup="html"))
    assert texts(found) == ["Act 1\n\nA & B C\n\none\ntwo\n\nx = 1\n  y"]
    assert reasons(found) == [("", "parse.empty")]


@given(st.text("<>![]/&;#-\"' ab\n"))
def test_any_markup_has_a_text(html):
    text_of(html)


def test_unreadable_file_is_a_fault(tmp_path, source):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "gone.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d" / "gone.parquet").symlink_to(tmp_path / "nowhere")
    assert reasons(items(source(tmp_path / "d"))) == [("", "parse.unreadable")] * 2


def test_sqlite_rows_that_a_program_has_not_written_into_the_file_yet(tmp_path, source):
    path = tmp_path / "live.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE laws (body TEXT)")
    database.execute("INSERT INTO laws VALUES ('first')")
    database.commit()
    before = sorted(file.name for file in tmp_path.iterdir())
    fields = {"format": "sqlite", "text": "body", "query": "SELECT body FROM laws"}
    assert texts(items(source(path, **fields))) == ["first"]
    assert sorted(file.name for file in tmp_path.iterdir()) == before
    database.close()


@pytest.mark.parametrize("swapped", [False, True])
def test_a_line_in_another_encoding_says_nothing_of_the_next(tmp_path, source, swapped):
    chinese = json.dumps({"text": CHINESE}, ensure_ascii=False).encode("gb18030")
    broken = b'{"text": "M\xfcller gr\xf6\xdfer"}'
    lines_ = [
        json.dumps({"text": KOREAN}, ensure_ascii=False).encode(),
        *([broken, chinese] if swapped else [chinese, broken]),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines_))
    found = items(source(tmp_path / "a.jsonl"))
    assert texts(found) == [KOREAN, CHINESE]
    assert [reason for _, reason in reasons(found) if reason.startswith("parse")] == ["parse.encoding"]
