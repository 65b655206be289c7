"""The status of runs: made run directories in each state, and the process that is asked for."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from click.testing import CliRunner

from rewarm.cli import main
from rewarm.corpus.tables import activity, metrics, run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.errors import RewarmError
from rewarm.inspect import status as shown
from rewarm.runs import status

LEAVES = [{"leaf": 0, "source": "law", "labels": {"task": "domain"}},
          {"leaf": 1, "source": "api", "labels": {"task": "general"}}]  # fmt: skip
UPDATES = 12


def update_row(number: int) -> dict[str, Any]:
    """The domain's loss falls from 3 nats per token by 0.1 an update, the other stays; 2 s an update."""
    return {
        "update": number, "stage": "adapt", "rate": 1e-3, "loss": 2.0, "grad_norm": 1.0, "tokens": 30,
        "seconds": 2.0, "first_sequence": 2 * number, "sequences": 2,
        "leaves": [[0, 10 * (3 - 0.1 * number), 10, 40], [1, 40.0, 20, 60]],
    }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that trains: 12 of 20 updates of 32 tokens, 10 of them in sealed parts."""
    root = tmp_path / "runs/law"
    for name in ("mix", "pack"):
        (root / f"steps/{name}-0").mkdir(parents=True)
        manifest = {"step": name, "content": name, "inputs": {}}
        (root / f"steps/{name}-0/_manifest.json").write_text(json.dumps(manifest))
    (root / "steps/mix-0/leaves.json").write_text(json.dumps(LEAVES))
    plan = {"adapt": {"seq_len": 16, "sequences": 40, "blocks": []}}
    (root / "steps/pack-0/manifest.json").write_text(json.dumps(plan))
    partial = root / "steps/train-1.partial"
    (partial / "checkpoints/update-8").mkdir(parents=True)
    from rewarm.train.metrics import Log

    log = Log(partial, 0)
    for number in range(UPDATES):
        if number in (4, 6, 8, 10):
            log.seal()
        log.add(update_row(number))
    log.add_retained(
        [{"update": 10, "source": "law", "leaf": 0, "documents": 4, "before": 1.0, "now": 0.75,
          "domain": True}]
    )  # fmt: skip
    log.close()
    (root / "recipe.yaml").write_text(yaml.safe_dump({"train": {"batch_tokens": 32}}))
    run_record.write(root / "run.json", RunRecord(name="law", steps={"mix": "mix-0", "pack": "pack-0"}))
    activity.write(root, replace(activity.of_this_process(21, ""), step="train", done=18))
    return root


def test_running(run: Path) -> None:
    (found,) = status.of_folder(run)
    training = found.training
    assert (found.state, found.process, found.step) == ("running", os.getpid(), "train") and training
    assert (training.updates, training.updates_planned) == (UPDATES, 20)
    assert (training.tokens, training.tokens_planned) == (12 * 32, 20 * 32)
    assert training.tokens_per_second == 16 and training.seconds_left == 16
    moved = [(loss.value, loss.first, loss.last) for loss in training.losses]
    # Six updates at each end: 3 − 0.1 × the mean of 0–5, and of 6–11.
    assert moved == [("domain", pytest.approx(2.75), pytest.approx(2.15)), ("general", 2.0, 2.0)]
    assert [(one.source, one.change, one.updates) for one in training.heldout] == [("law", -0.25, 10)]
    assert training.checkpoint_update == 8 and training.incidents == 0
    text = "\n".join(shown.lines([found]))
    assert "updates     12 of 20 (60 %)" in text and "time left   16.0 s of training" in text


def test_a_killed_process_is_not_running(run: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    created = psutil.Process(process.pid).create_time()
    own = replace(
        activity.of_this_process(21, ""), process=process.pid, process_created=created, step="train"
    )
    activity.write(run, own)
    assert status.of_folder(run)[0].state == "running"
    process.kill()
    process.communicate()
    (found,) = status.of_folder(run)
    assert found.state == "killed" and "not running: process" in shown.lines([found])[1]


def test_another_process_with_the_same_id_is_not_the_run(run: Path) -> None:
    activity.write(run, replace(activity.of_this_process(21, ""), process_created=1.0))
    assert status.of_folder(run)[0].state == "killed"


def test_another_host_cannot_be_asked(run: Path) -> None:
    activity.write(run, replace(activity.of_this_process(21, ""), host="node-7", process_created=1.0))
    (found,) = status.of_folder(run)
    assert found.state == "running" and found.silent_seconds is not None and found.silent_seconds < 60
    assert f"process {os.getpid()} on node-7" in shown.lines([found])[1]


def test_a_run_before_its_first_step(tmp_path: Path) -> None:
    activity.write(tmp_path, replace(activity.of_this_process(21, ""), step="collect"))
    (found,) = status.of_folder(tmp_path)
    assert (found.state, found.training) == ("running", None)
    assert "step        collect (1 of 21)" in shown.lines([found])


def test_a_folder_is_a_table_and_one_json_object(run: Path) -> None:
    other = run.parent / "mixes/variants/half"
    other.mkdir(parents=True)
    failed = replace(
        activity.of_this_process(21, ""), state="failed", message="law/3.pdf: empty", step="collect"
    )
    activity.write(other, failed)
    said = CliRunner().invoke(main.cli, ["status", str(run.parent)]).output.splitlines()
    assert said[1].split()[1:5] == ["running", "train", "18/21", "12/20"]
    assert said[2].split()[1] == "failed" and said[3] == f"{other}: law/3.pdf: empty"
    found = json.loads(CliRunner().invoke(main.cli, ["status", str(run.parent), "--json"]).stdout)
    assert found["format"] == 1 and [one["variant"] for one in found["runs"]] == ["", "half"]


def test_watch_ends_when_nothing_runs(run: Path) -> None:
    activity.write(run, replace(activity.of_this_process(21, ""), state="stopped", message="after update 12"))
    ended = CliRunner().invoke(main.cli, ["status", str(run), "--watch", "0.1", "--json"])
    assert json.loads(ended.stdout)["runs"][0]["message"] == "after update 12"


def test_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match="contains no run"):
        status.of_folder(tmp_path)


def test_the_ends_of_the_log_are_those_of_the_whole(run: Path) -> None:
    partial = run / "steps/train-1.partial"
    whole = metrics.read(partial, "leaves").to_pylist()
    for count in (1, 3, 5, 7, 50):
        total, updates, sums = metrics.ends(partial, count)
        seen = updates["update"].to_pylist()
        assert total == UPDATES and seen == sorted(set(seen))
        assert {*range(count), *range(UPDATES - count, UPDATES)} & {*range(UPDATES)} <= set(seen)
        assert sums.to_pylist() == [row for row in whole if row["update"] in seen]
