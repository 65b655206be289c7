import json
import os
from itertools import pairwise
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.data.collect import cuts
from rewarm.data.collect.origins import files
from rewarm.data.collect.readers import read_all
from rewarm.data.collect.records import Note
from rewarm.engine import work
from rewarm.engine.work import Work
from rewarm.parse.limits import Limits
from rewarm.recipe import Source

MOST = 200
CHINESE = {"text": "第一条 为了保护民事主体的合法权益，调整民事关系，制定本法。"}
LINES = [
    b"",
    b"  \t",
    b'{"text": "same"}',
    b'{"text": "same", "page": 3}\r',
    b'{"text": "tw',
    b'{"text": "\xff\xfe bad"}',
    b'{"text": "' + b"long " * 60 + b'"}',
    b'{"text": "\xe2\x80\xa8 separators \xc2\x85 of unicode \\n"}',
    json.dumps(CHINESE, ensure_ascii=False).encode(),
    json.dumps(CHINESE, ensure_ascii=False).encode("gb18030"),
    b"\r",
    b"[1]",
]


def source_of(path, **fields):
    return Source(name="law", path=path, **fields).model_dump(mode="json")


def parts_of(path, pieces, folder, **fields):
    """The file as `collect` would read it in so many pieces."""
    source = source_of(path, **fields)
    size = max(1, path.stat().st_size // pieces)
    with mock.patch.object(cuts, "PART_BYTES", size), mock.patch.object(work, "cores", lambda: 1):
        (origins,) = cuts.cut(Work("collect", folder, {}), [(source, files(source))])
    return origins, source


def items(origins, source):
    """Items of all parts; of notes on an encoding the first."""
    found, noted = [], set()
    for origin in origins:
        for _, item in read_all(origin, source, MOST, Limits()):
            if isinstance(item, Note) and origin.part:
                if item.reason in noted:
                    continue
                noted.add(item.reason)
            found.append(item)
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    def fresh():
        return tmp_path_factory.mktemp("cuts")

    return fresh


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(LINES) | st.binary(max_size=40), max_size=30),
    st.booleans(),
    st.booleans(),
    st.sampled_from([2, 3, 16]),
)
def test_a_cut_file_gives_what_the_whole_gives(folders, lines, mark, ended, pieces):
    folder = folders()
    path = folder / "a.jsonl"
    end = b"\n" if ended else b""
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + b"\n".join(lines) + end)
    whole = items(files(source_of(path)), source_of(path))
    origins, source = parts_of(path, pieces, folder / "out")
    assert items(origins, source) == whole
    if len(origins) > 1:
        parts = [origin.part for origin in origins]
        assert parts[0].start == 0 and parts[-1].stop == path.stat().st_size == sum(o.size for o in origins)
        assert all(part.start < part.stop for part in parts)
        assert all(one.stop == after.start for one, after in pairwise(parts))


def test_every_place_of_a_cut(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join(LINES[2:9]) + b"\n\n" + LINES[2])
    whole, size = items(files(source_of(path)), source_of(path)), path.stat().st_size
    for at in range(3, size, 2):
        with mock.patch.object(cuts, "_even", lambda size, at=at: [0, at, size]):
            origins, source = parts_of(path, 2, tmp_path / f"out{at}")
        assert items(origins, source) == whole, at


def test_parquet_is_cut_between_row_groups(tmp_path):
    path = tmp_path / "a.parquet"
    rows = [f"row {n} " * (1 + n % 7) for n in range(1000)]
    pq.write_table(pa.table({"text": rows, "n": range(1000)}), path, row_group_size=90)
    whole = items(files(source_of(path)), source_of(path))
    assert [item.position for item in whole] == [str(n + 1) for n in range(1000)]
    for pieces in (2, 5, 1000):
        origins, source = parts_of(path, pieces, tmp_path / "out")
        assert items(origins, source) == whole
        assert 1 < len(origins) <= 12
    origins, _ = parts_of(path, 5, tmp_path / "out", text="absent")
    assert len(origins) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wide.jsonl", '{"text": "one"}\n'.encode("utf-16") * 200),
        ("blank.jsonl", b"\xef\xbb\xbf" + b" \n" * 500),
        ("table.csv", b"text,n\n" + b'"a\nb",1\n' * 200),
        ("archive.jsonl", b"PK\x03\x04" + b"x\n" * 250),
        ("lines.jsonl.gz", b"\x1f\x8b" + bytes(500)),
    ],
)
def test_what_has_no_safe_place_to_cut_stays_whole(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    origins, _ = parts_of(path, 4, tmp_path / "out")
    assert [origin.part for origin in origins] == [None]


def test_a_limit_and_an_unreadable_file_stay_whole(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "one"}\n' * 100)
    origins, _ = parts_of(path, 4, tmp_path / "limited", limit=3)
    assert len(origins) == 1
    with mock.patch.object(cuts.streams, "blocks_between", side_effect=OSError("input/output error")):
        origins, _ = parts_of(path, 4, tmp_path / "unread")
    assert len(origins) == 1


def write_mixed(path):
    """Byte-identical records and every kind of bad line, many times."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\n".join(LINES * 40))


@pytest.mark.parametrize("pieces", [2, 16])
def test_tables_and_counts_do_not_depend_on_cuts(tmp_path, source, collected, monkeypatch, pieces):
    path = tmp_path / "d" / "b.jsonl"
    write_mixed(path)
    write_mixed(tmp_path / "d" / "c.txt.jsonl")
    (tmp_path / "d" / "a.txt").write_text("before")
    given = source(tmp_path / "d", labels={"page": {"field": "page"}})
    whole = collected(given, into="whole")
    monkeypatch.setattr(cuts, "PART_BYTES", path.stat().st_size // pieces)
    monkeypatch.setattr(work, "cores", lambda: 2)
    cut = collected(given, into="cut")
    assert cut == whole
    assert cut[0]["edits.encoding.gb18030"] == 2
    shards = sorted(os.listdir(tmp_path / "cut" / "documents"))
    assert len(shards) in range(2 * pieces - 2, 2 * pieces + 1)
    # A second run over the same folder, as after a kill before it was published.
    assert collected(given, into="cut") == whole


def test_conversations_of_a_cut_file(tmp_path, source, collected, monkeypatch):
    path = tmp_path / "a.jsonl"
    rows = [
        {
            "session": f"s{n % 30}",
            "role": ("user", "assistant")[n // 30 % 2],
            "content": f"message {n} of many",
        }
        for n in range(600)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = source(path, conversations={"session": "session"})
    whole = collected(given, into="whole")
    monkeypatch.setattr(cuts, "PART_BYTES", path.stat().st_size // 8)
    assert collected(given, into="cut") == whole
    assert whole[0]["messages.in_documents"] == 600
    assert len(list((tmp_path / "cut" / "_messages").iterdir())) == 8


@given(
    st.text(" \n\rab", min_size=1, max_size=40).map(str.encode),
    st.lists(st.integers(0, 40), max_size=4),
    st.integers(1, 8),
)
def test_ranges_are_counted_the_same_in_blocks_of_any_size(folders, content, bounds, size):
    path = folders() / "a.jsonl"
    path.write_bytes(content)
    bounds = sorted({0, len(content), *(bound for bound in bounds if bound < len(content))})

    def blocks(path, start, stop):
        return (content[at : min(at + size, stop)] for at in range(start, stop, size))

    with mock.patch.object(cuts.streams, "blocks_between", blocks):
        counts = cuts.count_lines(str(path), bounds)
    for start, stop in pairwise(bounds):
        part = content[start:stop]
        first = content.find(b"\n", start, stop)
        expected = (part.count(b"\n"), first, part.endswith(b"\n"), not part.isspace())
        names = ("newlines", "first", "ends", "content")
        assert tuple(counts[f"{path}:{start}.{name}"] for name in names) == expected
