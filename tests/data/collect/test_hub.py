"""Data sets of the hub, from a server that speaks its protocol, in a process that knows no other hub."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub_server import Hub

from rewarm.corpus.tables import documents
from rewarm.data.collect.step import run
from rewarm.engine.work import Work
from rewarm.recipe import Collect, Source

# Each starts processes that import the hub's library anew.
pytestmark = pytest.mark.slow

ROWS = b'{"text": "one", "created": "2024-01-02"}\n'


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.close()


def variables(hub: Hub, folder: Path, **more: str) -> dict[str, str]:
    """Of a process that knows this hub alone."""
    return {
        **{name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "HF_TOKEN")},
        "HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1",
        "REWARM_CACHE": str(folder / "cache"), **more,
    }  # fmt: skip


def asked(hub: Hub, folder: Path, code: str, more: dict[str, str] | None = None, **source: Any) -> Any:
    """What `code` prints as JSON, with the source as `given`; the hub's address is read when its library is
    imported, so this needs a process of its own."""
    prelude = (
        "import json, sys\nfrom pathlib import Path\n"
        "from rewarm.data.collect import hub_files, origins, step\n"
        "from rewarm.engine.work import Work\nfrom rewarm.errors import RewarmError\n"
        "from rewarm.recipe import Collect, Source\n"
        f"given = Source(name='open', hub='law/open', **{source!r}).model_dump(mode='json')\n"
        f"folder = Path({str(folder)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prelude + code],
        env=variables(hub, folder, **(more or {})),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


READ = (
    "found = origins.files(given)\n"
    "texts = {one.name: one.open().read().decode() for one in found}\n"
    "print(json.dumps([hub_files.commit(given), texts]))"
)
SAY = "try:\n    origins.files(given)\nexcept RewarmError as error:\n    print(json.dumps(str(error)))\n"
COLLECT = (
    "config = {'sources': [given], 'collect': Collect().model_dump(mode='json')}\n"
    "step._UNIT_BYTES = 1\n"
    "try:\n    step.run(Work('collect', folder / 'out', config))\n    print(json.dumps(''))\n"
    "except RewarmError as error:\n    print(json.dumps(str(error)))\n"
)


def lines(count: int, word: str) -> bytes:
    return b"".join(b'{"text": "%s %d"}\n' % (word.encode(), at) for at in range(count))


def texts(folder: Path) -> list[tuple[str, str, str]]:
    return [(row["id"], row["origin"], row["text"]) for row in documents.rows(folder)]


def test_a_pinned_revision_is_read_and_a_later_commit_changes_nothing(hub: Hub, tmp_path: Path) -> None:
    first = hub.commit("law/open", {"data/a.jsonl": ROWS, "README.md": b"# Card", "data/b.csv": b"text\nx\n"})
    second = hub.commit("law/open", {"data/a.jsonl": ROWS * 2})
    pinned = asked(hub, tmp_path / "one", READ, revision=first, files=["data/*.jsonl"])
    assert pinned == [first, {"data/a.jsonl": ROWS.decode()}]
    assert not [line for line in hub.asked if "README" in line or "b.csv" in line], "what no glob asks for"
    newest = asked(hub, tmp_path / "two", READ)
    assert newest == [second, {"data/a.jsonl": ROWS.decode() * 2}]
    again = hub.commit("law/open", {"data/a.jsonl": ROWS * 3})
    by_tag = asked(hub, tmp_path / "three", READ, revision="main")
    assert by_tag[0] == again


def test_files_are_read_one_by_one_and_a_broken_network_continues(hub: Hub, tmp_path: Path) -> None:
    hub.commit(
        "law/open",
        {"a.jsonl": lines(9, "a"), "b.jsonl.gz": gzip.compress(lines(9, "b")), "c.jsonl": lines(9, "c")},
    )
    hub.down = {"c.jsonl"}
    said = asked(hub, tmp_path, COLLECT)
    assert "/c.jsonl: law/open cannot be read from the hub" in said and "The same command continues" in said
    assert len(texts(tmp_path / "out/documents")) == 18, "what was read before stays"
    hub.down.clear()
    hub.asked.clear()
    assert asked(hub, tmp_path, COLLECT) == ""
    assert not [line for line in hub.asked if "resolve" in line and "c.jsonl" not in line]
    found = texts(tmp_path / "out/documents")
    assert [text for *_, text in found] == [f"{word} {at}" for word in "abc" for at in range(9)]
    assert not list((tmp_path / "hf").rglob("*.jsonl*")), "nothing is downloaded"


def test_an_answer_that_breaks_is_continued_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.commit("law/open", {"a.jsonl": lines(200_000, "long")})
    hub.breaks = 4
    assert asked(hub, tmp_path, COLLECT) == ""
    assert len(texts(tmp_path / "out/documents")) == 200_000
    hub.breaks = 1000
    said = asked(hub, tmp_path, COLLECT.replace("'out'", "'other'"))
    assert "/a.jsonl: law/open cannot be read from the hub" in said


def test_parquet_is_read_by_row_groups_and_columns_and_gives_the_ids_of_the_file(
    hub: Hub, tmp_path: Path
) -> None:
    heavy = [[os.urandom(5000)] for _ in range(400)]
    table = pa.table({"text": [f"text {at} " * 30 for at in range(400)], "heavy": heavy})
    stored = io.BytesIO()
    pq.write_table(table, stored, row_group_size=100)
    hub.commit("law/open", {"data/a.parquet": stored.getvalue()})
    small = "import rewarm.data.collect.cuts as cuts\ncuts.PART_BYTES = 1000\n"
    assert asked(hub, tmp_path, small + COLLECT) == ""
    assert hub.sent < len(stored.getvalue()) / 4, "columns that are not wanted are not fetched"
    assert len(list((tmp_path / "out/documents").iterdir())) == 4, "a unit a row group"
    (tmp_path / "local/data").mkdir(parents=True)
    (tmp_path / "local/data/a.parquet").write_bytes(stored.getvalue())
    given = Source(name="open", path=tmp_path / "local").model_dump(mode="json")
    config = {"sources": [given], "collect": Collect().model_dump(mode="json")}
    run(Work("collect", tmp_path / "same", config))
    assert texts(tmp_path / "out/documents") == texts(tmp_path / "same/documents")


def test_documents_of_a_data_set_are_parsed(hub: Hub, tmp_path: Path) -> None:
    words = b"The court dismissed the appeal. " * 20
    hub.commit("law/open", {"a.html": b"<html><body><article><p>" + words + b"</p></article></body></html>"})
    assert asked(hub, tmp_path, COLLECT) == ""
    ((_, origin, text),) = texts(tmp_path / "out/documents")
    assert origin.startswith("a.html") and text.startswith("The court dismissed")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"revision": "nowhere"}, ["law/open has no revision 'nowhere'", "It has main, v1", "`revision`"]),
        ({"config": "zh"}, ["sources.open.config: no configuration 'zh'", "there are en, de"]),
        ({"config": "en", "split": "dev"}, ["sources.open.split: no split 'dev'", "there are train, test"]),
        ({"files": ["*.zip"]}, ["sources.open.files", "none of the 4 files in law/open matches '*.zip'"]),
    ],
)
def test_what_the_data_set_does_not_have_is_named(
    hub: Hub, tmp_path: Path, given: dict[str, Any], words: list[str]
) -> None:
    card = (
        b"---\nconfigs:\n- config_name: en\n  data_files:\n  - {split: train, path: en/a.jsonl}\n"
        b"  - {split: test, path: en/b.jsonl}\n- config_name: de\n  data_files: de/*.jsonl\n---\n# Card\n"
    )
    files = {"README.md": card, "en/a.jsonl": ROWS, "en/b.jsonl": ROWS, "de/c.jsonl": ROWS}
    hub.commit("law/open", files)
    hub.commit("law/open", files, branch="v1")
    said = asked(hub, tmp_path, SAY, **given)
    assert [word for word in words if word not in said] == [], said
    assert [*asked(hub, tmp_path, READ, config="en", split="test")[1]] == ["en/b.jsonl"]


def test_a_data_set_that_is_not_there_or_gated_is_refused_before_anything_is_read(
    hub: Hub, tmp_path: Path
) -> None:
    assert "sources.open.hub: the hub has no dataset law/open" in asked(hub, tmp_path, SAY)
    commit = hub.commit("law/open", {"README.md": b"# Card", "a.jsonl": ROWS})
    hub.gated.add("law/open")
    said = asked(hub, tmp_path, SAY)
    assert "only to those who accepted its terms" in said and "`hf auth login` or set HF_TOKEN" in said
    assert hub.sent == 0
    assert asked(hub, tmp_path, READ, {"HF_TOKEN": "hf_x"}) == [commit, {"a.jsonl": ROWS.decode()}]


def test_without_a_network_what_was_listed_is_known(hub: Hub, tmp_path: Path) -> None:
    commit = hub.commit("law/open", {"a.jsonl": ROWS})
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    said = asked(hub, tmp_path, SAY, nowhere)
    assert "sources.open.hub: law/open cannot be read from the hub" in said and "HF_ENDPOINT" in said
    mark = "print(json.dumps([origins.is_listed(given), origins.is_here(given), origins.fingerprint(given)]))"
    listed = asked(hub, tmp_path, mark)
    asked(hub, tmp_path, READ)
    assert asked(hub, tmp_path, mark, nowhere) == [True, False, listed[2]]
    hub.asked.clear()
    asked(hub, tmp_path, mark, revision=commit)
    assert hub.asked == [], "a commit never changes"


def test_a_downloaded_data_set_is_read_from_the_hubs_cache(hub: Hub, tmp_path: Path) -> None:
    commit = hub.commit("law/open", {"in/a.jsonl": ROWS})
    mark = "print(json.dumps(origins.fingerprint(given)))"
    streamed = asked(hub, tmp_path, mark)
    fetch = "from huggingface_hub import snapshot_download as get\nget('law/open', repo_type='dataset')\n"
    other = tmp_path / "other"
    asked(hub, other, fetch + "print(1)")
    hub.asked.clear()
    offline = {"HF_HUB_OFFLINE": "1"}
    assert asked(hub, other, READ, offline) == [commit, {"in/a.jsonl": ROWS.decode()}]
    assert asked(hub, other, mark, offline) == streamed
    assert hub.asked == []


def test_the_run_records_the_commit_that_it_read(hub: Hub, tmp_path: Path) -> None:
    commit = hub.commit("law/open", {"data/a.jsonl": ROWS})
    recipe = (
        "name: r\nmodel: not-needed\nsources: [{name: open, hub: law/open}]\n"
        "stages: [{name: adapt, tokens: 1000, mix: {open: 1}}]\n"
    )
    (tmp_path / "recipe.yaml").write_text(recipe)

    def rewarm() -> str:
        command = [sys.executable, "-m", "rewarm", "run", "recipe.yaml", "--until", "collect"]
        done = subprocess.run(
            command, cwd=tmp_path, env=variables(hub, tmp_path), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    rewarm()
    record = json.loads((tmp_path / "runs/r/run.json").read_text())
    assert record["revisions"] == {"open": commit}
    assert f"revision: {commit}" in (tmp_path / "runs/r/recipe.yaml").read_text()
    hub.sent = 0
    assert "collect   done" in rewarm()
    hub.commit("law/open", {"data/a.jsonl": ROWS, "README.md": b"# Card"})
    assert "collect   done" in rewarm(), "another commit with the same files"
    assert hub.sent == 0
