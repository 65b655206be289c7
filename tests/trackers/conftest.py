import os
import shutil
from pathlib import Path

import pytest
from course import log


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the machine's environment says to the trackers is not tested here, and nothing leaves it."""
    for variable in list(os.environ):
        if variable.startswith(("WANDB_", "SWANLAB_", "MLFLOW_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    # Both would look into the user's home for keys.
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("SWANLAB_SAVE_DIR", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def _store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    log(folder, "mlflow", 0).close()
    return folder / "trackers/mlflow/mlflow.db"


@pytest.fixture
def mlflow_store(_store: Path, tmp_path: Path) -> Path:
    """A store with its tables and a run of nothing: MLflow takes seconds to make the tables."""
    store = tmp_path / "trackers/mlflow/mlflow.db"
    store.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_store, store)
    return store
