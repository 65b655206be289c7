"""Data sets of the hub, from a server that speaks its protocol, in a process that knows no other hub."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import Hub

ROWS = b'{"text": "one", "created": "2024-01-02"}\n'


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    yield server
    server.close()


def variables(hub: Hub, folder: Path) -> dict[str, str]:
    """Of a process that knows this hub alone."""
    return {
        **{name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"},
        "HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip


def asked(hub: Hub, folder: Path, code: str, **source: Any) -> Any:
    """What `code` prints as JSON, with the source as `given`; the hub's address is read when its library is
    imported, so this needs a process of its own."""
    prelude = (
        "import json, sys\nfrom rewarm.data.collect import origins\nfrom rewarm.errors import RewarmError\n"
        "from rewarm.recipe import Source\n"
        f"given = Source(name='open', hub='law/open', **{source!r}).model_dump(mode='json')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prelude + code],
        env=variables(hub, folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


READ = (
    "found = origins.files(given)\n"
    "print(json.dumps([origins.revision(given), {one.name: one.open().read().decode() for one in found}]))"
)


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


def test_a_revision_that_is_not_there_is_named(hub: Hub, tmp_path: Path) -> None:
    hub.commit("law/open", {"a.jsonl": ROWS})
    code = "try:\n    origins.files(given)\nexcept RewarmError as error:\n    print(json.dumps(str(error)))\n"
    said = asked(hub, tmp_path, code, revision="nowhere")
    assert "sources.open.hub: law/open cannot be downloaded" in said and "`revision`" in said


def test_the_run_records_the_commit_that_it_read(hub: Hub, tmp_path: Path) -> None:
    commit = hub.commit("law/open", {"data/a.jsonl": ROWS})
    recipe = (
        "name: r\nmodel: not-needed\nsources: [{name: open, hub: law/open}]\n"
        "stages: [{name: adapt, tokens: 1000, mix: {open: 1}}]\n"
    )
    (tmp_path / "recipe.yaml").write_text(recipe)
    done = subprocess.run(
        [sys.executable, "-m", "rewarm", "run", "recipe.yaml", "--until", "collect"],
        cwd=tmp_path,
        env=variables(hub, tmp_path) | {"REWARM_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "runs/r/run.json").read_text())
    assert record["revisions"] == {"open": commit}
