"""A shard that cannot be done costs its tries, then stops the step or is left out, named and counted."""

import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from shards import write_documents

from rewarm.corpus.tables import documents
from rewarm.engine import quarantine
from rewarm.engine.interface import Engine
from rewarm.engine.work import Work
from rewarm.errors import RewarmError

MODULE = """
import os, signal, shutil
from pathlib import Path

def copy(shard, folder, killer, times):
    source, target = Path(shard), Path(folder)
    with (target / "tries" / source.stem).open("a") as file:
        file.write("x")
    (target / "documents").mkdir(exist_ok=True)
    shutil.copy(source, target / "documents" / source.name)
    if source.stem == "00002" and (target / "tries" / source.stem).stat().st_size <= times:
        if killer == "raise":
            raise ValueError("unreadable")
        os.kill(os.getpid(), getattr(signal, killer))
    return {"in": 2}
"""


def _row(shard: int, row: int) -> dict:
    return {
        "id": f"{shard}{row}", "text": "text", "source": "law", "origin": f"file:{row}", "labels": [],
        "meta": "{}", "masks": [],
    }  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five shards of two documents in `in/`, a step's folder `out/`."""
    (tmp_path / "shards_of_this_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("shards_of_this_test", None)
    for folder in ("in", "out/tries", "out/ledger"):
        (tmp_path / folder).mkdir(parents=True)
    for shard in range(5):
        rows = [_row(shard, row) for row in range(2)]
        write_documents(tmp_path / "in", rows, shard)
    return tmp_path


def run(
    world: Path, policy: str, killer: str = "SIGKILL", times: int = 99, workers: int = 2
) -> dict[str, int]:
    from shards_of_this_test import copy

    work = Work("clean", world / "out", {}, engine=Engine("local", None, policy, 1))
    units = [(str(shard), str(world / "out"), killer, times) for shard in documents.shards(world / "in")]
    return work.map(copy, units, workers=workers)


def tries(world: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (world / "out/tries").iterdir()}


def written(world: Path) -> list[str]:
    return [path.stem for path in documents.shards(world / "out/documents")]


ALL = [f"{number:05}" for number in range(5)]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("killer", "said"), [("SIGKILL", "SIGKILL"), ("SIGSEGV", "SIGSEGV")])
def test_a_shard_that_kills_its_worker_is_left_out_and_named(
    world: Path, killer: str, said: str, workers: int
) -> None:
    assert run(world, "quarantine", killer, workers=workers) == {"in": 8}
    assert written(world) == [name for name in ALL if name != "00002"]
    (row,) = quarantine.rows(world / "out")
    assert (row["shard"], row["documents"], row["tries"]) == ("00002", 2, 2) and said in row["reason"]
    assert row["files"] == [str(world / "in/00002.parquet")]
    ledger = pq.read_table(world / "out/ledger/00002.parquet").to_pylist()
    assert [(item["id"], item["verdict"], item["reason"]) for item in ledger] == [
        ("20", "drop", "shard.failed"),
        ("21", "drop", "shard.failed"),
    ]
    # The pool cannot tell who died, so one try more than the recipe's in which others were under way.
    assert tries(world)["00002"] <= 3


def test_by_default_it_stops_the_step_with_a_message(world: Path) -> None:
    with pytest.raises(RewarmError, match=r"clean: shard 00002 \(.*00002.parquet\) failed 2 times.*SIGKILL"):
        run(world, "stop")
    assert not quarantine.rows(world / "out")
    done = len(list((world / "out/_units").glob("*.json")))
    before = tries(world)
    assert run(world, "stop", times=0) == {"in": 10} and written(world) == ALL
    assert sum(tries(world).values()) - sum(before.values()) == 5 - done


def test_a_worker_lost_once_costs_a_try_only(world: Path) -> None:
    assert run(world, "stop", times=1) == {"in": 10}
    assert written(world) == ALL and not quarantine.rows(world / "out")


def test_an_exception_is_tried_again_then_left_out(world: Path) -> None:
    assert run(world, "quarantine", "raise") == {"in": 8}
    (row,) = quarantine.rows(world / "out")
    assert row["reason"] == "ValueError: unreadable" and tries(world)["00002"] == 2
    # The next attempt tries it again, and forgets what it said.
    assert run(world, "quarantine", "raise", times=0) == {"in": 10}
    assert written(world) == ALL and not quarantine.rows(world / "out")


def test_a_file_that_cannot_be_counted_is_named_all_the_same(world: Path) -> None:
    (world / "in/00002.parquet").write_bytes(b"no parquet")
    run(world, "quarantine")
    (row,) = quarantine.rows(world / "out")
    assert row["documents"] is None and not (world / "out/ledger/00002.parquet").exists()


def test_letters_and_full_disks_are_no_shards_fault(tmp_path: Path) -> None:
    calls = []

    def full(number: int) -> dict[str, int]:
        calls.append(number)
        raise OSError(28, os.strerror(28))

    work = Work("clean", tmp_path, {}, engine=Engine("local", None, "quarantine", 3))
    with pytest.raises(OSError, match="No space"):
        work.map(full, [(0,), (1,)])
    assert calls == [0]


def test_without_ray_the_letter_says_what_to_install(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shards_of_this_test import copy

    monkeypatch.setitem(sys.modules, "ray", None)
    work = Work("clean", world / "out", {}, engine=Engine("ray", None, "stop", 0))
    with pytest.raises(RewarmError, match=r"pip install 'rewarm\[ray\]'"):
        work.map(copy, [(str(world / "in/00000.parquet"), str(world / "out"), "raise", 0)])


def test_a_step_that_needs_every_shard_goes_on_without_none(world: Path) -> None:
    from shards_of_this_test import copy

    work = Work("holdout", world / "out", {}, engine=Engine("local", None, "quarantine", 0))
    units = [(str(shard), str(world / "out"), "SIGKILL", 99) for shard in documents.shards(world / "in")]
    with pytest.raises(RewarmError, match="holdout: shard 00002"):
        work.map(copy, units, workers=2, needs_all=True)


def test_the_shard_of_a_numbered_unit_is_its_number_not_its_place() -> None:
    assert quarantine.shard(("folder", 7, {"name": "law"}), 2) == "00007"
    assert quarantine.shard(("folder/00003.parquet", 9), 2) == "00003"
    assert quarantine.shard(("folder", True), 2) == "00002"


def test_a_unit_that_names_a_folder_and_a_shard_is_accounted_for(tmp_path: Path) -> None:
    write_documents(tmp_path / "trim/documents", [_row(4, 0)], 4)
    (tmp_path / "out").mkdir()
    unit = ("00004", str(tmp_path / "out"), {"trim": str(tmp_path / "trim")}, None)
    assert quarantine.files(unit) == [str(tmp_path / "trim/documents/00004.parquet")]
    quarantine.put(tmp_path / "out", "tokenize", "units", 0, unit, 1, "killed")
    (row,) = pq.read_table(tmp_path / "out/ledger/00004.parquet").to_pylist()
    assert (row["id"], row["verdict"], row["reason"]) == ("40", "drop", "shard.failed")


def test_a_shard_behind_a_number_has_a_name_of_its_own() -> None:
    assert quarantine.shard(("/in/00007_0001.parquet", "/out"), 3) == "00007_0001"
    assert quarantine.shard(("/in/00007.parquet", "/out"), 3) == "00007"
    assert quarantine.shard(("/in/other_0001.parquet", "/out"), 3) == "00003"
