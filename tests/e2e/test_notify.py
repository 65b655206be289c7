"""A real run that notifies: an incident-free end, a failure, and no trace of a secret URL in the run."""

import json
import sys
from pathlib import Path

import pytest
from command_line import rewarm, write_recipe

pytestmark = pytest.mark.slow

APPEND = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"
TRAIN = {"batch_tokens": 256, "micro_batch": 4, "precision": "fp32"}


def test_the_end_and_a_failure_are_sent_and_the_url_stays_secret(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://127.0.0.1:9/SECRET")  # nobody listens
    notify = [{"command": [sys.executable, "-c", APPEND, str(world / "events")]}, {"url_env": "HOOK"}]
    write_recipe(world, model, train={**TRAIN, "notify": notify}, forgetting={"every": 3, "documents": 4})
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode in (0, 4), ended.stderr
    assert ended.stderr.count("notify    webhook in HOOK") == 1 and "SECRET" not in ended.stderr
    (event,) = [json.loads(line) for line in (world / "events").read_text().splitlines()]
    assert event["event"] == "end" and event["update"] > 0 and event["run"] == "small"
    texts = [path.read_bytes() for path in (world / "runs").rglob("*") if path.is_file()]
    assert not any(b"SECRET" in text for text in texts)
    # Notifications are no part of a training's key.
    write_recipe(world, model, train=TRAIN, forgetting={"every": 3, "documents": 4})
    assert "nothing to do" in rewarm(world, "run", "recipe.yaml").stdout


def test_a_training_that_the_guard_stops_is_a_failure(world: Path, model: Path) -> None:
    notify = [{"command": [sys.executable, "-c", APPEND, str(world / "events")]}]
    forgetting = {"every": 2, "documents": 4, "tolerance": 0, "on_breach": "stop"}
    stages = [{"name": "adapt", "tokens": 3000, "mix": {"law": 1}, "schedule": {"peak": 0.05}}]
    write_recipe(world, model, train={**TRAIN, "notify": notify}, forgetting=forgetting, stages=stages)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 1, ended.stderr
    events = [json.loads(line) for line in (world / "events").read_text().splitlines()]
    assert [event["event"] for event in events[-2:]] == ["incident", "failure"]
    assert events[-1]["level"] == "error" and events[-1]["text"] in ended.stderr.replace("\n", " ")
