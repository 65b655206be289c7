"""The losses of a real pilot: its curve, its end and the base count the same held-out documents."""

from math import log
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from rewarm.errors import RewarmError
from rewarm.laws import pilots as table
from rewarm.pilots import measured, study
from rewarm.pipeline import run_directory
from rewarm.runs.run import Run


def test_rows_of_a_run_are_its_measured_losses(recipe: Path) -> None:
    settings = study.Settings(tokens=2560, rates=(3e-3,), documents=4, points=2)
    planned = study.plan(recipe, recipe.parent / "study", settings)
    planned.write()
    pilot = planned.pilots("full")[2]
    run_directory.run(planned.file, planned.folder, lambda *_: None, until="evaluate", only=[pilot.name])
    run = Run(planned.folder / "variants" / pilot.name)
    rows = [*measured.base_rows(planned, run), *measured.of_run(planned, pilot, run)]
    assert [row["note"] for row in rows] == ["base", *["mix"] * (len(rows) - 1)] and rows[0]["tokens"] == 0
    tokens = [row["tokens"] for row in rows]
    assert tokens == sorted(set(tokens)) and len(rows) >= 3 and tokens[-1] == pytest.approx(2560, rel=0.05)
    assert rows[1]["share.law"] == pilot.shares[0]
    # The model learns both texts, and the base's row equals the first four documents of each source.
    assert rows[-1]["loss.law"] < rows[1]["loss.law"] < rows[0]["loss.law"]
    leaf = measured._leaf_of(run)
    folder = run.steps["baseline"].path
    scores = pq.read_table(folder / "documents.parquet").to_pylist()
    for number, source in enumerate(("law", "api")):
        own = [scores[row] for row in np.flatnonzero(leaf == number)[:4]]
        expected = sum(row["nats"] for row in own) / sum(row["tokens"] for row in own)
        assert rows[0][f"loss.{source}"] == pytest.approx(expected)
    # A measurement along the run is in bits per byte; in nats per token it is the same loss.
    retained = [row for row in run.metrics("retained").to_pylist() if row["source"] == "law"]
    own = [scores[row] for row in np.flatnonzero(leaf == 0)[:4]]
    size, count = (sum(row[name] for row in own) for name in ("bytes", "tokens"))
    assert retained[0]["documents"] == 4
    assert retained[0]["before"] * log(2) * size / count == pytest.approx(rows[0]["loss.law"])
    path = planned.folder / "pilots.jsonl"
    measured.write(rows, path)
    read = table.read(path)
    assert read.base["law"] == pytest.approx(rows[0]["loss.law"]) and len(read.run) == len(rows) - 1
    # Another process may work in another variant, and none in the whole run meanwhile.
    other = planned.pilots("full")[0].name
    with run_directory._lock_variants(planned.folder, [pilot.name]):
        with run_directory._lock_variants(planned.folder, [other]):
            pass
        with pytest.raises(RewarmError, match="another rewarm works in this run"):
            run_directory.run(planned.file, planned.folder, lambda *_: None, only=[pilot.name])
        with pytest.raises(RewarmError, match="another rewarm works in this run"):
            run_directory.prune(planned.folder, dry=True)
    with pytest.raises(RewarmError, match="--variant: 'none' is not one of the variants"):
        run_directory.run(planned.file, planned.folder, lambda *_: None, only=["none"])
