import gzip
import json
import zipfile

import pyarrow.parquet as pq
import pytest
import zstandard

from rewarm.corpus.tables import labels
from rewarm.data.collect import shards
from rewarm.data.collect.shards import Shards
from rewarm.engine import work

ROWS = [{"text": f"document {n} " + "word " * (n % 9), "lang": "en"} for n in range(300)]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(shards, "_SHARD_BYTES", 2000)
    monkeypatch.setattr(work, "cores", lambda: 1)


def as_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def state(folder):
    """What changes when a file is written again."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


FILES = {
    "a.jsonl.gz": gzip.compress(as_lines(ROWS[:150])) + gzip.compress(as_lines(ROWS[150:])),
    "a.jsonl.zst": b"".join(
        zstandard.compress(as_lines(part)) for part in (ROWS[:9], ROWS[9:200], ROWS[200:])
    ),
    "a.csv": b"text,lang\r\n" + b"".join(f'"{row["text"]}",en\r\n'.encode() for row in ROWS),
    "wide.jsonl": as_lines(ROWS).decode().encode("utf-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_stream_becomes_several_shards_in_order(tmp_path, source, collected, name):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / name).write_bytes(FILES[name])
    (tmp_path / "d" / "z.txt").write_text("after")
    given = source(tmp_path / "d", labels={"language": {"field": "lang"}})
    counts, rows, _ = collected(given)
    assert [row["text"] for row in rows] == [row["text"] for row in ROWS] + ["after"]
    written = names(tmp_path / "out" / "documents")
    assert written[:2] == ["00000.parquet", "00000_0001.parquet"] and len(written) == 5
    for table in ("faults", "pages", "labels"):
        assert names(tmp_path / "out" / table) == written
    for shard in written:
        texts = pq.read_table(tmp_path / "out/documents" / shard)["text"].to_pylist()
        assert 0 < sum(map(len, texts)) < 2100
    assert counts["documents"] == 301 and counts["unlabelled.law.language"] == 1


@pytest.mark.parametrize("name", FILES)
def test_a_killed_stream_goes_on_after_its_last_full_shard(tmp_path, source, collected, monkeypatch, name):
    (tmp_path / name).write_bytes(FILES[name])
    given = source(tmp_path / name, labels={"language": {"field": "lang"}})
    whole = collected(given, into="whole")
    add = Shards.add

    def killed(self, *given):
        if self._index == 2:
            raise KeyboardInterrupt
        add(self, *given)

    monkeypatch.setattr(Shards, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        collected(given)
    finished = state(tmp_path / "out" / "documents")
    assert sorted(finished) == ["00000.parquet", "00000_0001.parquet"]
    added = []
    monkeypatch.setattr(Shards, "add", lambda self, *given: added.append(add(self, *given)))
    assert collected(given) == whole
    assert len(added) < 250
    assert finished.items() <= state(tmp_path / "out" / "documents").items()


def test_documents_whose_parsing_may_differ_start_over(tmp_path, source, collected, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for at in range(0, 300, 50):
            archive.writestr(f"{at:03}.jsonl", as_lines(ROWS[at : at + 50]))
    given = source(tmp_path / "a.zip")
    whole = collected(given, into="whole")
    add = Shards.add

    def killed(self, *given):
        if self._index == 3:
            raise KeyboardInterrupt
        add(self, *given)

    monkeypatch.setattr(Shards, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        collected(given)
    monkeypatch.setattr(Shards, "add", add)
    # This time fewer documents come out: what the first attempt wrote beyond them must go.
    monkeypatch.setattr(shards, "_SHARD_BYTES", 8000)
    counts, rows, faults = collected(given)
    assert (counts, rows, faults) == whole
    assert names(tmp_path / "out" / "documents") == ["00000.parquet", "00000_0001.parquet"]


def test_a_lost_shard_makes_the_unit_start_over(tmp_path, source, collected, monkeypatch):
    (tmp_path / "a.csv").write_bytes(FILES["a.csv"])
    given = source(tmp_path / "a.csv")
    whole = collected(given)
    for note in (tmp_path / "out" / "_units").iterdir():
        note.unlink()
    (tmp_path / "out" / "faults" / "00000.parquet").unlink()
    assert collected(given) == whole


def test_faults_alone_fill_shards(tmp_path, source, collected, monkeypatch):
    monkeypatch.setattr(shards, "_SHARD_FAULTS", 10)
    (tmp_path / "a.jsonl").write_bytes(b"{}\n" * 35 + as_lines(ROWS[:1]))
    counts, rows, faults = collected(source(tmp_path / "a.jsonl"))
    assert len(rows) == 1 and len(faults) == 35 == counts["faults"]
    assert len(names(tmp_path / "out" / "faults")) == 4


def test_a_unit_that_is_given_up_leaves_no_shard(tmp_path, source, monkeypatch):
    out = tmp_path / "out"
    for table in ("documents", "faults", "pages", "_progress"):
        (out / table).mkdir(parents=True)
    for name in ("00001.parquet", "00001_0001.parquet", "00010.parquet", "00011_0001.parquet"):
        (out / "documents" / name).touch()
    (out / "_progress" / "00001.json").touch()
    shards.remove(out, "00001")
    assert names(out / "documents") == ["00010.parquet", "00011_0001.parquet"]
    assert not names(out / "_progress")


def test_labels_follow_their_documents(tmp_path, source, collected):
    (tmp_path / "a.csv").write_bytes(FILES["a.csv"])
    collected(source(tmp_path / "a.csv", labels={"language": {"field": "lang"}}))
    for shard in names(tmp_path / "out" / "documents"):
        ids = pq.read_table(tmp_path / "out/documents" / shard)["id"].combine_chunks()
        own = labels.read([tmp_path / "out/labels"], shard, ids)
        assert own["language"].to_pylist() == ["en"] * len(ids) and len(ids)
