import os
from pathlib import Path

import pytest


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
