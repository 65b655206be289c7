"""MLflow: `trackers/mlflow/mlflow.db` (SQLite), or where MLFLOW_TRACKING_URI points.

`mlflow ui --backend-store-uri sqlite:///…/mlflow.db` shows it. MLflow keeps every value of a metric
and step that it ever got, so a killed or rolled-back run goes on as another run of the experiment.
Metrics go out in batches of about a thousand, its limit: a commit each update would cost more than
small updates do. Its names know neither `=` nor other signs: `channel/source:law/bits_per_byte`.
"""

import os
import re
import time

# MLflow reports its use over the network unless switched off; a variable that is set already is kept.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from rewarm.recipe.reading import flatten
from rewarm.trackers.event import Event
from rewarm.trackers.tracker import Run

_BATCH = 1000
_MOST = 100_000  # values held while a server is away
_PARAMS = 100
_LONGEST = 6000


def open_run(run: Run) -> "MLflow":
    """Open the run at MLFLOW_TRACKING_URI, else in a SQLite file in `run.folder`.

    A run that goes on continues under its ID; the one that it leaves is marked KILLED.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    folder = run.folder.absolute()
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    client = MlflowClient(tracking_uri=uri or f"sqlite:///{folder / 'mlflow.db'}")
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", run.project)
    experiment = client.get_experiment_by_name(name)
    experiment_id = (
        client.create_experiment(name, artifact_location=None if uri else (folder / "artifacts").as_uri())
        if experiment is None
        else experiment.experiment_id
    )
    own_runs = f"tags.`rewarm.id` = '{run.id}'"
    earlier_runs = client.search_runs([experiment_id], own_runs, max_results=1) if run.again else []
    if earlier_runs:
        client.update_run(earlier_runs[0].info.run_id, status="RUNNING")
        return MLflow(client, earlier_runs[0].info.run_id)
    if run.left is not None:
        for left in client.search_runs([experiment_id], f"tags.`rewarm.id` = '{run.left}'"):
            if left.info.status == "RUNNING":
                client.set_terminated(left.info.run_id, "KILLED")
    tags = {"rewarm.id": run.id, "rewarm.training": run.name, "rewarm.from_update": str(run.first_update)}
    created = client.create_run(experiment_id, run_name=run.title, tags=tags)
    params = [Param(_plain(key), str(value)[:_LONGEST]) for key, value in flatten(run.config).items()]
    for start in range(0, len(params), _PARAMS):
        client.log_batch(created.info.run_id, params=params[start : start + _PARAMS])
    return MLflow(client, created.info.run_id)


class MLflow:
    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self._client, self._run_id = client, run_id
        self._held: list[Metric] = []
        self._names: dict[str, str] = {}

    def log(self, update: int, values: dict[str, float]) -> None:
        """Hold an update's values back until a batch is full."""
        now = int(time.time() * 1000)
        self._held += [Metric(self._name(name), value, now, update) for name, value in values.items()]
        if len(self._held) >= _BATCH - len(values):
            self.flush()

    def alert(self, event: Event) -> None:
        """A tag `rewarm.KIND.UPDATE`: MLflow has no alerts. Tags can be searched; a later one of the same
        update replaces the earlier one."""
        self._client.set_tag(self._run_id, f"rewarm.{event.kind}.{event.update}", event.text[:_LONGEST])

    def flush(self) -> None:
        # What a server did not take is sent with the next batch; MLflow drops values that it has already.
        """Send what is held back; of values that a server did not take, the last `_MOST` are kept."""
        del self._held[:-_MOST]
        while self._held:
            self._client.log_batch(self._run_id, metrics=self._held[:_BATCH])
            del self._held[:_BATCH]

    def close(self, *, whole: bool) -> None:
        """Send what is held back and end the run, FINISHED if whole, else KILLED."""
        self.flush()
        self._client.set_terminated(self._run_id, "FINISHED" if whole else "KILLED")

    def _name(self, name: str) -> str:
        """A name that MLflow accepts; different names stay different."""
        if name not in self._names:
            plain = _plain(name)
            while plain in self._names.values():
                plain += "_"
            self._names[name] = plain
        return self._names[name]


def _plain(name: str) -> str:
    return re.sub(r"[^\w./: -]", "_", name.replace("=", ":"))
