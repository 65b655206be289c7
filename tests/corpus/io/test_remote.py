"""Sources behind a URL, on fsspec's in-memory store."""

import fsspec
import pytest

from rewarm.corpus.io import remote
from rewarm.corpus.tables import documents
from rewarm.data.collect.origins import files, fingerprint, is_here
from rewarm.data.collect.step import run
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe import Collect, Source


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    memory = fsspec.filesystem("memory")
    memory.pipe({"/firm/a.txt": b"one", "/firm/in/b.jsonl": b'{"text": "two"}\n', "/other/c.txt": b"three"})
    yield memory
    memory.store.clear()


def source(url):
    return Source(name="law", url=url).model_dump(mode="json")


def test_a_folder_is_copied_once_and_followed(store, monkeypatch):
    given = source("memory://firm")
    assert not is_here(given)
    assert [origin.name for origin in files(given)] == ["a.txt", "in/b.jsonl"]
    before = fingerprint(given)
    assert is_here(given) and [origin.name for origin in files(given, fetch=False)] == ["a.txt", "in/b.jsonl"]
    opened = []
    real = type(store).open
    monkeypatch.setattr(
        type(store), "open", lambda self, path, *a, **k: opened.append(path) or real(self, path, *a, **k)
    )
    files(given)
    assert opened == []
    store.pipe("/firm/a.txt", b"one and more")
    store.rm("/firm/in/b.jsonl")
    assert [(origin.name, origin.size) for origin in files(given)] == [("a.txt", 12)]
    assert set(opened) == {"/firm/a.txt"} and fingerprint(given) != before


def test_a_single_file_and_its_documents(tmp_path):
    config = {"sources": [source("memory://firm/in/b.jsonl")], "collect": Collect().model_dump(mode="json")}
    run(Work("collect", tmp_path / "out", config))
    (row,) = documents.rows(tmp_path / "out/documents")
    assert (row["origin"], row["text"]) == ("b.jsonl:1", "two")


def test_what_is_not_there_is_a_message():
    with pytest.raises(RewarmError, match=r"sources\.law\.url: memory://nowhere cannot be read"):
        files(source("memory://nowhere"))
    with pytest.raises(RewarmError, match="was not fetched yet"):
        files(source("memory://firm"), fetch=False)


def test_a_name_that_leads_out_is_refused(store, tmp_path):
    store.store["/firm/../../escaped.txt"] = store.store["/firm/a.txt"]
    with pytest.raises(RewarmError):
        files(source("memory://firm"))
    assert not list(tmp_path.rglob("escaped.txt"))


@pytest.mark.parametrize("url", ["firm/a.txt", "s3://key:secret@bucket/x", "https://a b"])
def test_addresses_that_are_none(url):
    with pytest.raises(ValueError):
        Source(name="law", url=url)


def test_the_cache_is_one_folder_a_url():
    assert remote.folder_of("s3://a/b") != remote.folder_of("s3://a/c")
