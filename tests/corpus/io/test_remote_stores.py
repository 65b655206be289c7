"""Sources behind real protocols: an HTTP server, S3 as moto serves it, Google Cloud Storage as its emulator
does. Each serves the same tree, and each must give the same documents."""

import functools
import http.server
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import pytest

from rewarm.corpus.io import remote
from rewarm.corpus.tables import documents
from rewarm.data.collect.origins import files, fingerprint
from rewarm.data.collect.step import run
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe import Collect, Source

TREE = {
    "cases/a.txt": b"one",
    "cases/2021/b.jsonl": b'{"text": "two"}\n{"text": "three"}\n',
    "cases/2021/deep/c.txt": b"four",
    "cases/2022/b.jsonl": b'{"text": "five"}\n',
    "other/d.txt": b"not asked for",
}


@dataclass
class Served:
    """url: of the tree's root; put, remove: change it, as another program does."""

    url: str
    put: Callable[[str, bytes], None]
    remove: Callable[[str], None]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *given: Any) -> None:
        pass


@pytest.fixture
def http_server(tmp_path: Path) -> Iterator[Served]:
    root = tmp_path / "served"

    def put(name: str, data: bytes) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)

    for name, data in TREE.items():
        put(name, data)
    handler = functools.partial(_Quiet, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Served(f"http://127.0.0.1:{server.server_port}", put, lambda name: (root / name).unlink())
    server.shutdown()
    server.server_close()


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield from _bucket("s3")
    server.stop()


@pytest.fixture
def gs_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    from gcp_storage_emulator.server import create_server

    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    port = server._api._httpd.server_port
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    yield from _bucket("gs")
    server.stop()


def _bucket(protocol: str) -> Iterator[Served]:
    """A bucket with the tree, filled by a client that does not share its listings with ours."""
    fsspec.get_filesystem_class(protocol).clear_instance_cache()
    client = fsspec.filesystem(protocol, skip_instance_cache=True, use_listings_cache=False)
    bucket = f"bucket-{uuid.uuid4().hex}"  # The servers keep what earlier tests put there.
    client.mkdir(bucket)

    def put(name: str, data: bytes) -> None:
        client.pipe_file(f"{bucket}/{name}", data)

    for name, data in TREE.items():
        put(name, data)
    yield Served(f"{protocol}://{bucket}", put, lambda name: client.rm_file(f"{bucket}/{name}"))
    fsspec.get_filesystem_class(protocol).clear_instance_cache()


@pytest.fixture(
    params=[
        "http_server",
        pytest.param("s3_server", marks=pytest.mark.slow),
        pytest.param("gs_server", marks=pytest.mark.slow),
    ]
)
def served(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    found: Served = request.getfixturevalue(request.param)
    return found


def source(url: str) -> dict[str, Any]:
    return Source(name="law", url=url).model_dump(mode="json")


def texts(url: str, out: Path) -> list[tuple[str, str]]:
    config = {"sources": [source(url)], "collect": Collect().model_dump(mode="json")}
    run(Work("collect", out, config))
    return [(row["origin"], row["text"]) for row in documents.rows(out / "documents")]


EVERYTHING = [
    ("2021/b.jsonl:1", "two"),
    ("2021/b.jsonl:2", "three"),
    ("2021/deep/c.txt", "four"),
    ("2022/b.jsonl:1", "five"),
    ("a.txt", "one"),
]


def test_a_folder_gives_documents_and_is_followed(served: Served, tmp_path: Path) -> None:
    assert texts(f"{served.url}/cases/", tmp_path / "out") == EVERYTHING
    given = source(f"{served.url}/cases/")
    before = fingerprint(given)
    served.put("cases/2021/b.jsonl", b'{"text": "changed and longer than it was"}\n')
    served.put("cases/new.txt", b"new")
    served.remove("cases/2021/deep/c.txt")
    names = [origin.name for origin in files(given)]
    assert names == ["2021/b.jsonl", "2022/b.jsonl", "a.txt", "new.txt"]
    assert fingerprint(given) != before


def test_what_did_not_change_is_not_fetched_again(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = source(f"{served.url}/cases/")
    files(given)
    fetched: list[str] = []
    real = remote._fetch_file
    monkeypatch.setattr(
        remote, "_fetch_file", lambda store, name, *rest: fetched.append(name) or real(store, name, *rest)
    )
    files(given)
    assert fetched == []


@pytest.mark.parametrize(
    ("glob", "origins"),
    [
        ("cases/*/b.jsonl", ["2021/b.jsonl", "2022/b.jsonl"]),
        ("cases/**/*.txt", ["2021/deep/c.txt", "a.txt"]),
        ("cases/{2021,2023}/*.jsonl", ["b.jsonl"]),
        ("cases/202[2-9]/*", ["2022/b.jsonl"]),
    ],
)
def test_globs(served: Served, glob: str, origins: list[str]) -> None:
    found = [origin.name for origin in files(source(f"{served.url}/{glob}"))]
    assert found == (origins if "{" not in glob else ["2021/b.jsonl"])


def test_a_single_file_and_one_that_is_not_there(served: Served, tmp_path: Path) -> None:
    assert texts(f"{served.url}/cases/2022/b.jsonl", tmp_path / "out") == [("b.jsonl:1", "five")]
    with pytest.raises(RewarmError, match=r"sources\.law\.url: .* cannot be read"):
        files(source(f"{served.url}/nothing.jsonl"))
    with pytest.raises(RewarmError, match=r"no file below .*cases/? matches"):
        files(source(f"{served.url}/cases/*.pdf"))


def test_a_killed_fetch_goes_on(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    given = source(f"{served.url}/cases/")
    real, fetched = remote._fetch_file, []

    def failing(store: Any, name: str, *rest: Any) -> None:
        if name.endswith("a.txt"):
            raise OSError("connection lost")
        fetched.append(name)
        real(store, name, *rest)

    monkeypatch.setattr(remote, "_fetch_file", failing)
    with pytest.raises(RewarmError, match="connection lost"):
        files(given)
    assert len(fetched) == 3
    monkeypatch.setattr(
        remote, "_fetch_file", lambda store, name, *rest: fetched.append(name) or real(store, name, *rest)
    )
    files(given)
    assert len(fetched) == 4 and fetched[-1].endswith("a.txt")


def test_a_short_answer_is_no_file(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = fsspec.core.url_to_fs(f"{served.url}/cases/a.txt")
    real = store.get_file

    def short(name: str, target: str) -> None:
        real(name, target)
        Path(target).write_bytes(b"o")

    monkeypatch.setattr(store, "get_file", short)
    with pytest.raises(RewarmError, match="1 bytes came of 3"):
        files(source(f"{served.url}/cases/a.txt"))


def test_many_small_files(served: Served, tmp_path: Path) -> None:
    for number in range(70):
        served.put(f"many/{number:03}.jsonl", json.dumps({"text": f"document {number}"}).encode())
    found = texts(f"{served.url}/many/", tmp_path / "out")
    assert [text for _, text in found] == [f"document {number}" for number in range(70)]


def test_a_page_of_links_has_only_files_below_it(http_server: Served, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    http_server.put("page/a b%.txt", b"spaces and a percent sign")
    http_server.put("page/c.txt", b"other")
    links = (
        '<a href="?C=N;O=D">Name</a><a href="/other/d.txt">up</a><a href="../">..</a><a href="c.txt">c</a>'
    )
    http_server.put("page/index.html", f'{links}<a href="a%20b%25.txt">a</a><a href="#top">t</a>'.encode())
    assert texts(f"{http_server.url}/page/", tmp_path / "out") == [
        ("a b%.txt", "spaces and a percent sign"),
        ("c.txt", "other"),
    ]


def test_a_change_of_the_same_size_is_seen(http_server: Served, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    given = source(f"{http_server.url}/cases/a.txt")
    before = fingerprint(given)
    http_server.put("cases/a.txt", b"ONE")
    os.utime(tmp_path / "served/cases/a.txt", (1, 1))
    assert fingerprint(given) != before
