"""Real runs that notify of findings, an end and a failure; no trace of a secret URL in the run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import environment, rewarm, write_recipe
from webhook import serving

pytestmark = pytest.mark.slow

APPEND = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"
TRAIN = {"batch_tokens": 256, "micro_batch": 4, "precision": "fp32"}


def test_the_end_and_a_failure_are_sent_and_the_url_stays_secret(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://127.0.0.1:9/SECRET")  # nobody listens
    on = ["incident", "failure", "end"]
    file = {"command": [sys.executable, "-c", APPEND, str(world / "events")], "on": on}
    notify = [file, {"url_env": "HOOK", "on": on}]
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
    file = {"command": [sys.executable, "-c", APPEND, str(world / "events")], "on": ["incident", "failure"]}
    forgetting = {"every": 2, "documents": 4, "tolerance": 0, "on_breach": "stop"}
    stages = [{"name": "adapt", "tokens": 3000, "mix": {"law": 1}, "schedule": {"peak": 0.05}}]
    write_recipe(world, model, train={**TRAIN, "notify": [file]}, forgetting=forgetting, stages=stages)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 1, ended.stderr
    events = [json.loads(line) for line in (world / "events").read_text().splitlines()]
    assert [event["event"] for event in events[-2:]] == ["incident", "failure"]
    assert events[-1]["level"] == "error" and events[-1]["text"] in ended.stderr.replace("\n", " ")


# From update 30 on each waits a second until a finding is sent: diagnosing takes longer than this training.
LIVE = """
import time
from pathlib import Path
from rewarm.cli.main import main
from rewarm.pipeline import finding_notices as notices
from rewarm.train.loop import Training
notices.EVERY, notices._PATIENCE, whole = 0.1, 0, Training._update
def update(self, planned):
    if planned.number >= 30 and not Path("runs/small/notified.json").exists():
        time.sleep(1)
    return whole(self, planned)
Training._update = update
main()
"""


def test_findings_reach_a_webhook_while_it_trains(world: Path, model: Path) -> None:
    stages = [{"name": "adapt", "tokens": 20_000, "mix": {"law": 0.6, "api": 0.4}, "max_epochs": 60}]
    with serving() as server:
        # A model of random weights learns general text too: `general-falls`.
        notify = [{"url": server.url, "on": ["finding", "end"]}]
        write_recipe(world, model, train={**TRAIN, "notify": notify}, stages=stages)
        command = [sys.executable, "-c", LIVE, "run", "recipe.yaml"]
        ended = subprocess.run(command, cwd=world, env=environment(world), capture_output=True, text=True)
        assert ended.returncode in (0, 4), ended.stderr
        assert "notify" not in ended.stderr
        titles = [body["title"] for body in server.bodies]
        assert titles.index("Finding: general-falls") < titles.index("Training finished")
        assert len(set(titles)) == len(titles)
        live = server.bodies[titles.index("Finding: general-falls")]
        assert live["level"] == "warning" and 30 <= live["update"] < 78
        assert live["text"].startswith("source api in adapt: the loss fell by")
        # What was sent is not sent again.
        assert "nothing to do" in rewarm(world, "run", "recipe.yaml").stdout
        assert len(server.bodies) == len(titles)
