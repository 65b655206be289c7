"""MLflow's own client reads the SQLite store back: no run holds an update twice."""

import shutil
from pathlib import Path
from typing import cast

import pytest
from course import SEEN, alert, evaluation, kill, log, row, walk
from mlflow import MlflowClient
from mlflow.entities import Run


@pytest.fixture(autouse=True)
def made(mlflow_store: Path, tmp_path: Path) -> None:
    shutil.copy(mlflow_store, tmp_path / "elsewhere.db")


def runs(folder: Path, store: str = "trackers/mlflow/mlflow.db") -> tuple[MlflowClient, list[Run]]:
    client = MlflowClient(tracking_uri=f"sqlite:///{folder / store}")
    experiment = client.get_experiment_by_name("small")
    assert experiment is not None
    found = [run for run in client.search_runs([experiment.experiment_id]) if run.data.metrics]
    return client, sorted(found, key=lambda run: int(run.data.tags["rewarm.from_update"]))


def updates(client: MlflowClient, run: Run, name: str) -> dict[int, float]:
    history = client.get_metric_history(run.info.run_id, name)
    found = {metric.step: metric.value for metric in history}
    assert len(found) == len(history), f"{name}: an update stands twice"
    return found


def test_a_roll_back_begins_another_run_and_a_resume_does_not(tmp_path: Path) -> None:
    walk(tmp_path, "mlflow")
    client, (first, second) = runs(tmp_path)
    assert sorted(updates(client, first, "loss")) == list(range(8))
    assert sorted(updates(client, second, "loss")) == list(range(6, 11))
    assert updates(client, second, "loss")[10] == row(10, 2)["loss"]
    assert updates(client, first, "channel/language:en/nats_per_token")[2] == pytest.approx(31.5 / 15)
    assert updates(client, first, "retained/api/bits_per_byte") == {5: evaluation(6)["now"]}
    assert [run.info.status for run in (first, second)] == ["KILLED", "FINISHED"]
    assert first.data.params["train.clip"] == "1.0"


def test_a_killed_run_is_marked_when_another_goes_on(tmp_path: Path) -> None:
    killed = log(tmp_path, "mlflow", 0)
    killed.add(row(0))
    killed.add(row(1))
    killed.seal()
    kill(killed)
    again = log(tmp_path, "mlflow", 1)
    again.add(row(1, 3))
    again.close()
    client, (first, second) = runs(tmp_path)
    assert first.info.status == "KILLED" and second.info.status == "FINISHED"
    assert sorted(updates(client, first, "loss")) == [0, 1] and sorted(updates(client, second, "loss")) == [1]


def test_the_users_environment_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    told = log(tmp_path, "mlflow", 0)
    told.add(row(0))
    told.close()
    assert not runs(tmp_path)[1]
    client, (run,) = runs(tmp_path, "elsewhere.db")
    assert updates(client, run, "loss") == {0: row(0)["loss"]}


def test_names_that_would_look_alike_stay_two() -> None:
    from rewarm.trackers.mlflow import MLflow

    tracker = MLflow(cast(MlflowClient, None), "none")
    names = [
        tracker._name(name) for name in ("retained/a+b", "retained/a*b", "retained/a+b", "retained/法律=一")
    ]
    assert names == ["retained/a_b", "retained/a_b_", "retained/a_b", "retained/法律:一"]


def test_an_incident_is_a_tag(tmp_path: Path) -> None:
    alert(tmp_path, "mlflow")
    _, (run,) = runs(tmp_path)
    assert run.data.tags[f"rewarm.incident.{SEEN.update}"] == SEEN.text
