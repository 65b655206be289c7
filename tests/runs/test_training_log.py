"""The log as arrays is the log on disk, whether training goes on or has ended, and a part is read once."""

from pathlib import Path

import made_runs
import numpy as np
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables import metrics
from rewarm.runs.run import Run
from rewarm.runs.training_log import LogReader


def same(reader: LogReader, run: Run) -> None:
    log = reader.read(run)
    updates, sums = run.metrics("updates"), run.metrics("leaves")
    assert log is not None and log.updates.tolist() == updates["update"].to_pylist()
    for name in ("rate", "loss", "grad_norm", "tokens", "seconds", "sequences"):
        assert log.scalars[name].tolist() == updates[name].to_pylist()
    stages = [name for name, first, last in log.stages for _ in range(last - first)]
    assert stages == updates["stage"].to_pylist()
    for name, table in (("nats", log.nats), ("tokens", log.tokens), ("bytes", log.bytes)):
        wanted = np.zeros_like(table)
        wanted[sums["leaf"].to_numpy(), sums["update"].to_numpy()] = sums[name].to_numpy()
        assert np.array_equal(table, wanted)


def test_a_log_that_grows_is_sealed_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made_runs.training(tmp_path / "run", updates=35, sealed=20)
    train = next((folder / "steps").glob("train-*"))
    reader = LogReader()
    same(reader, Run(folder))
    read = []
    monkeypatch.setattr(metrics, "read_part", lambda part: read.append(part.name) or pq.read_table(part))
    made_runs.write_lines(train, made_runs.rows(35, 38, 30))
    assert len(reader.read(Run(folder)).updates) == 38 and read == []
    # A kill between the part and the lines: updates in both count once.
    made_runs.part(train / "_metrics/000000020.parquet", made_runs.rows(20, 36, 30))
    assert len(reader.read(Run(folder)).updates) == 38 and read == ["000000020.parquet"]
    monkeypatch.undo()
    same(reader, Run(folder))
    finished = {name: Run(folder).metrics(name) for name in ("updates", "leaves")}
    (train / "metrics").mkdir()
    for name, table in finished.items():
        pq.write_table(table, train / "metrics" / f"{name}.parquet")
    same(reader, Run(folder))


def test_columns_that_an_earlier_version_did_not_write_are_nan(tmp_path: Path) -> None:
    folder = made_runs.training(tmp_path / "run", updates=25, sealed=20)
    part = next((folder / "steps").glob("train-*/_metrics/*.parquet"))
    pq.write_table(pq.read_table(part).drop_columns(["data_seconds", "peak_memory"]), part)
    log = LogReader().read(Run(folder))
    assert log is not None and len(log.updates) == 25
    assert np.isnan(log.scalars["data_seconds"][:20]).all() and log.scalars["data_seconds"][20] == 0.25
    assert Run(folder).metrics("updates").schema == metrics.SCHEMAS["updates"]


def test_before_the_first_update_there_is_none(tmp_path: Path) -> None:
    folder = made_runs.training(tmp_path / "run", updates=0, sealed=0)
    assert LogReader().read(Run(folder)) is None
