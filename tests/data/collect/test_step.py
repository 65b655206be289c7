import json
import os

import pyarrow as pa
import pytest

from rewarm.corpus.tables import documents, labels, ledger
from rewarm.data.collect import batch, step
from rewarm.engine import work
from rewarm.errors import RewarmError


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_documents_faults_and_counts(tmp_path, source, collected):
    write_lines(
        tmp_path / "d" / "a.jsonl", [{"text": "Straße", "year": 1900}, {"txt": "x"}, {"text": "half \ud800"}]
    )
    (tmp_path / "d" / "notes.md").write_text("A note.")
    (tmp_path / "d" / "scan.bin").write_bytes(b"\x00\x01%PD")
    counts, rows, faults = collected(source(tmp_path / "d", labels={"language": "de"}))
    assert [row["text"] for row in rows] == ["Straße", "half ?", "A note."]
    assert rows[0] == {
        "id": documents.document_id("law", "a.jsonl:1"),
        "text": "Straße",
        "source": "law",
        "origin": "a.jsonl:1",
        "meta": '{"year":1900}',
        "masks": [],
    }
    assert [(row["verdict"], row["reason"], row["origin"]) for row in faults] == [
        ("drop", "parse.field", "a.jsonl:2"),
        ("edit", "encoding.surrogates", "a.jsonl:3"),
        ("drop", "parse.unknown_format", "scan.bin"),
    ]
    assert faults[0]["match"] == "field 'text' is missing; there are txt" and faults[0]["id"] == ""
    assert counts == {
        "documents": 3,
        "documents.law": 3,
        "bytes": 7 + 6 + 7,
        "faults": 2,
        "faults.parse.field": 1,
        "faults.parse.unknown_format": 1,
        "edits.encoding.surrogates": 1,
        "dated.year.law": 1,
        "dated.unknown.law": 2,
    }


def test_shards_have_the_schemas_of_the_tables(tmp_path, source, collected):
    import pyarrow.parquet as pq

    write_lines(tmp_path / "a.jsonl", [{"text": "one"}])
    collected(source(tmp_path / "a.jsonl"))
    assert pq.read_schema(tmp_path / "out" / "documents" / "00000.parquet") == documents.SCHEMA
    assert pq.read_schema(tmp_path / "out" / "faults" / "00000.parquet") == ledger.SCHEMA


@pytest.mark.parametrize("on_bad_record", ["skip", "stop"])
def test_links_out_of_the_folder_are_counted_and_listed(tmp_path, source, collected, on_bad_record):
    write_lines(tmp_path / "d" / "a.jsonl", [{"text": "one"}])
    write_lines(tmp_path / "away" / "b.jsonl", [{"text": "two"}, {"text": "three"}])
    (tmp_path / "d" / "b.jsonl").symlink_to(tmp_path / "away/b.jsonl")
    counts, rows, faults = collected(source(tmp_path / "d"), on_bad_record=on_bad_record)
    assert [row["text"] for row in rows] == ["one"]
    assert counts["faults.link.outside"] == 1
    assert [(row["reason"], row["origin"]) for row in faults] == [("link.outside", "b.jsonl")]
    assert "follow_symlinks" in faults[0]["match"]
    followed = source(tmp_path / "d", follow_symlinks=True)
    _, rows, faults = collected(followed, into="followed", on_bad_record=on_bad_record)
    assert [row["text"] for row in rows] == ["one", "two", "three"] and not faults


def test_stop_names_the_first_bad_record(tmp_path, source, collected):
    path = tmp_path / "d" / "a.jsonl"
    write_lines(path, [{"text": "one"}, {"text": None}])
    (tmp_path / "d" / "README").write_text("of another kind, and no bad record")
    with pytest.raises(RewarmError) as letter:
        collected(source(tmp_path / "d"), on_bad_record="stop")
    assert str(letter.value).startswith(f"{path}:2  parse.field: field 'text' is null, not a string\n")
    assert "collect.on_bad_record: skip" in str(letter.value)


def test_source_without_a_document_says_why(tmp_path, source, collected):
    write_lines(tmp_path / "good.jsonl", [{"text": "one"}])
    write_lines(tmp_path / "d" / "bad.jsonl", [{"body": "one"}] * 5)
    (tmp_path / "d" / "empty.txt").touch()
    with pytest.raises(RewarmError) as letter:
        collected(source(tmp_path / "good.jsonl"), source(tmp_path / "d", name="cases"))
    said = str(letter.value)
    assert said.startswith(
        "sources.cases: no document in 2 files.\n  5 parse.field, first bad.jsonl:1: field 'text'"
    )
    assert "1 parse.empty_file, first empty.txt" in said


def test_limit_takes_the_first_in_file_order(tmp_path, source, collected, monkeypatch):
    monkeypatch.setattr(step, "_UNIT_FILES", 1)
    for name in "abc":
        write_lines(tmp_path / "d" / f"{name}.jsonl", [{"text": f"{name}{n}"} for n in range(3)])
    counts, rows, _ = collected(source(tmp_path / "d", limit=5))
    assert [row["text"] for row in rows] == ["a0", "a1", "a2", "b0", "b1"]
    assert counts["documents"] == 5


def test_workers_and_batches_change_nothing(tmp_path, source, collected, monkeypatch):
    for name in range(7):
        write_lines(tmp_path / "d" / f"{name}.jsonl", [{"text": f"{name} {n}"} for n in range(50)] + [{}])
    monkeypatch.setattr(step, "_UNIT_FILES", 2)
    monkeypatch.setattr(work, "TEXT_PER_WORKER", 1)
    monkeypatch.setattr(work, "cores", lambda: 1)
    alone = collected(source(tmp_path / "d"), into="alone")
    monkeypatch.setattr(batch, "_BATCH_ROWS", 7)
    assert collected(source(tmp_path / "d"), into="small") == alone
    monkeypatch.setattr(work, "cores", lambda: 3)
    assert collected(source(tmp_path / "d"), into="three") == alone
    assert len(list((tmp_path / "three" / "documents").iterdir())) == 4
    for shard in (tmp_path / "alone" / "documents").iterdir():
        assert (tmp_path / "three" / "documents" / shard.name).read_bytes() == shard.read_bytes()


def test_meta_is_cut_by_whole_fields(tmp_path, source, collected):
    fields = {f"field{n}": "é" * 150 for n in range(20)}
    write_lines(
        tmp_path / "a.jsonl", [{"text": "one", **fields, "last": 1, "big": 2**70, "half\ud800": "\udfff"}]
    )
    _, rows, _ = collected(source(tmp_path / "a.jsonl"))
    meta = json.loads(rows[0]["meta"])
    assert len(rows[0]["meta"].encode()) <= 2048
    assert meta["field0"] == "é" * 150 and meta["last"] == 1 and meta["half?"] == "?"


def test_file_names_that_are_not_utf8(tmp_path, source, collected):
    folder = os.fsencode(tmp_path) + b"/d"
    os.mkdir(folder)
    with open(folder + b"/caf\xe9.txt", "w") as out:
        out.write("text")
    _, rows, _ = collected(source(tmp_path / "d"))
    assert rows[0]["origin"] == "caf\\xe9.txt"


def test_labels_are_taken_from_fields_and_what_lacks_one_is_told(tmp_path, source, collected, capsys):
    rows = [
        {"text": "one", "about": {"lang": "zh"}, "year": 2020},
        {"text": "two", "about": {"lang": " en "}, "year": None},
        {"text": "three", "about": "none"},
    ]
    write_lines(tmp_path / "a.jsonl", rows)
    given = {
        "language": {"field": "about.lang", "default": "de"},
        "year": {"field": "year"},
        "task": "domain",
    }
    counts, found, _ = collected(source(tmp_path / "a.jsonl", labels=given))
    shard = pa.array([row["id"] for row in found])
    own = labels.read([tmp_path / "out/labels"], "00000.parquet", shard)
    # What a source says of all its documents, defaults too, is not in the table: changing it reads nothing
    # again.
    assert {axis: column.to_pylist() for axis, column in own.items()} == {
        "language": ["zh", "en", None], "year": ["2020", None, None],
    }  # fmt: skip
    assert counts["unlabelled.law.language"] == 1 and counts["unlabelled.law.year"] == 2
    said = capsys.readouterr().err
    assert "law: 2 of 3 documents have no short text or number in field 'year', so no label year" in said


def test_a_source_without_fields_of_labels_writes_no_table(tmp_path, source, collected):
    write_lines(tmp_path / "a.jsonl", [{"text": "one"}])
    collected(source(tmp_path / "a.jsonl", labels={"language": "de"}))
    assert not (tmp_path / "out/labels").exists()
