"""The run directory: its lock, and what `prune` removes, keeps and cannot remove."""

import json
from pathlib import Path

import pytest
from unwilling import cannot_delete, open_to_all

from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.errors import RewarmError
from rewarm.pipeline import run_directory


def made_run(root: Path) -> Path:
    (root / "steps").mkdir(parents=True)
    record = RunRecord(finished="x", steps={"export": "export-1"})
    run_record.write(root / "run.json", record)
    for name in ("export-1", "clean-1", "clean-2"):
        (root / "steps" / name).mkdir()
        (root / "steps" / name / "table").write_text("rows")
    return root


def unfinished(root: Path, name: str, newest: int) -> Path:
    folder = root / "steps" / f"train-{name}.partial"
    (folder / f"checkpoints/update-{newest:06}").mkdir(parents=True)
    (folder / "_begun.json").write_text(json.dumps({"key": name, "folders": {"pack": "clean-1"}}))
    return folder


def test_a_lock_that_is_a_link_is_refused_and_its_target_stays(tmp_path: Path) -> None:
    root = made_run(tmp_path / "run")
    (tmp_path / "precious").write_text("text")
    (root / ".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(RewarmError, match=r"\.lock: is a symbolic link"):
        run_directory.prune(root, dry=True)
    assert (tmp_path / "precious").read_text() == "text"


def test_prune_keeps_unfinished_trainings_and_what_they_read(tmp_path: Path) -> None:
    root = made_run(tmp_path / "run")
    held, begun, given_up = unfinished(root, "a", 4), unfinished(root, "b", 0), unfinished(root, "c", 6)
    (given_up / "_given_up.json").write_text("{}")
    found = {one.folder.name: one for one in run_directory.prune(root, dry=True)}
    assert all(path.is_dir() for path in (held, begun, given_up))
    assert {name for name, one in found.items() if one.kept} == {held.name, "clean-1"}
    run_directory.prune(root, dry=False)
    assert {path.name for path in (root / "steps").iterdir()} == {held.name, "clean-1", "export-1"}


def test_prune_goes_on_where_something_cannot_be_deleted() -> None:
    with open_to_all() as folder:
        root = made_run(folder / "run")
        for path in (root, root / "steps", root / "steps/clean-2"):
            path.chmod(0o777)
        with cannot_delete(root / "steps/clean-1"):
            found = {one.folder.name: one.failed for one in run_directory.prune(root, dry=False)}
        assert "Permission denied" in found["clean-1"] and found["clean-2"] == ""
        assert (root / "steps/clean-1/table").exists() and not (root / "steps/clean-2").exists()
