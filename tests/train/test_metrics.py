"""The training log survives a crash and is cut back to the checkpoint."""

from pathlib import Path

import pyarrow.parquet as pq

from rewarm.train import metrics


def row(step: int) -> dict:
    return {
        "step": step,
        "stage": "adapt",
        "loss": 2.0 - step / 10,
        "leaves": [[3.5, 7.0, 20.0], [0.0, 0.0, 0.0]],
    }


def test_a_cut_line_is_dropped_and_the_log_goes_on_from_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = metrics.Log(tmp_path, 0)
    for step in range(4):
        log.add(row(step))
    log.close()
    with path.open("a") as file:
        file.write('{"step": 4, "lo')
    log = metrics.Log(tmp_path, 2)
    log.add(row(2))
    log.close()
    rows = log.publish()
    assert [entry["step"] for entry in rows] == [0, 1, 2]
    steps = pq.read_table(tmp_path / "metrics/steps.parquet")
    assert steps["loss"].to_pylist() == [2.0, 1.9, 1.8]


def test_leaves_without_tokens_have_no_row(tmp_path: Path) -> None:
    log = metrics.Log(tmp_path, 0)
    log.add(row(0))
    log.close()
    log.publish()
    leaves = pq.read_table(tmp_path / "metrics/leaves.parquet").to_pylist()
    assert leaves == [{"step": 0, "leaf": 0, "nats": 3.5, "tokens": 7.0, "bytes": 20.0}]
