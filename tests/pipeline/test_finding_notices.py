"""Findings reach a real webhook once, and those of an unfinished curve only when they are settled."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from logged_runs import Source, logged
from webhook import Server, serving

from rewarm.pipeline import finding_notices
from rewarm.pipeline.finding_notices import FindingNotices
from rewarm.recipe.train import Notify
from rewarm.runs.run import Run

FLAT: dict[str, Source] = {
    "law": ("domain", lambda _: 2.6, 4.0),
    "web": ("general", lambda t: 2.7 + 0.4 * t, 4.0),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def notices(folder: Path, server: Server, **setting: Any) -> FindingNotices:
    return FindingNotices(folder, "small", [Notify(url=server.url, **setting)])


def test_warnings_of_the_finished_run_are_sent_once(tmp_path: Path, server: Server) -> None:
    logged(tmp_path, FLAT, held_out={"law": 0.0, "web": 0.4})
    for _ in range(2):
        notices(tmp_path, server).at_end()
    seen = {body["title"]: body for body in server.bodies}
    assert sorted(seen) == ["Finding: domain-flat", "Finding: rising"] and len(server.bodies) == 2
    rising = seen["Finding: rising"]
    assert (rising["event"], rising["level"], rising["update"]) == ("finding", "warning", 120)
    assert rising["text"].startswith("source web in adapt: the loss rose by 0.40 nats per token")
    assert "raise its share" in rising["text"] and rising["folder"] == str(tmp_path)


def test_a_training_with_another_key_is_told_again(tmp_path: Path, server: Server) -> None:
    logged(tmp_path, FLAT, held_out={"law": 0.0, "web": 0.4})
    notices(tmp_path, server).at_end()
    note = tmp_path / finding_notices.NAME
    note.write_text(json.dumps({**json.loads(note.read_text()), "training": "train-other"}))
    notices(tmp_path, server).at_end()
    assert len(server.bodies) == 4


def test_nothing_is_diagnosed_for_those_who_did_not_ask(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_notices, "diagnose", None)
    monkeypatch.setattr(finding_notices, "EVERY", 0.0)
    monkeypatch.setattr(finding_notices._Follower, "_diagnose", None)
    unasked = notices(tmp_path, server, on=["incident", "end"])
    unasked.at_end()
    with unasked.during("train"):
        pass
    assert server.bodies == []


def finding(rule: str, severity: str = "warning") -> dict[str, Any]:
    return {"rule": rule, "severity": severity, "channel": "source law", "stage": "adapt", "says": "x",
            "advice": ""}  # fmt: skip


def test_what_two_diagnoses_in_a_row_have_is_sent_while_it_trains(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(tmp_path, FLAT)
    # Of 100 updates of the stage; the fourth diagnosis sees no new update, so it settles nothing.
    seen = [
        (20, [finding("rising")]),
        (40, [finding("garbled"), finding("domain-flat")]),
        (60, [finding("garbled"), finding("domain-flat"), finding("templated", "note"), finding("rising")]),
        (60, [finding("rising")]),
        (80, [finding("garbled", "error"), finding("oscillating"), finding("templated", "note")]),
        (101, [finding("garbled", "error"), finding("domain-flat")]),
        (120, [finding("garbled"), finding("domain-flat")]),
    ]
    waiting, done = iter(seen), threading.Event()

    def diagnosed(_: object) -> dict[str, Any] | None:
        found = next(waiting, None)
        if found is None:
            done.set()
            return None
        return {"updates": found[0], "findings": found[1]}

    monkeypatch.setattr(finding_notices, "EVERY", 0.0)
    monkeypatch.setattr(finding_notices, "_PATIENCE", 0)
    monkeypatch.setattr(finding_notices._Follower, "_diagnose", diagnosed)
    monkeypatch.setattr(
        finding_notices, "_settled", lambda one, _, updates: one["rule"] != "domain-flat" or updates > 100
    )
    with notices(tmp_path, server).during("train"):
        assert done.wait(10)
    sent = [(body["title"], body["level"], body["update"]) for body in server.bodies]
    assert sent == [
        ("Finding: garbled", "warning", 60),
        ("Finding: garbled", "error", 101),
        ("Finding: domain-flat", "warning", 120),
    ]


def test_a_diagnosis_that_fails_each_time_is_reported_once(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = threading.Semaphore(0)

    def failing(_: object) -> None:
        tried.release()
        raise ValueError("`rewarm diagnose` ended with 1 (no disk)")

    monkeypatch.setattr(finding_notices, "EVERY", 0.0)
    monkeypatch.setattr(finding_notices, "_PATIENCE", 0)
    monkeypatch.setattr(finding_notices._Follower, "_diagnose", failing)
    with notices(tmp_path, server).during("train"):
        for _ in range(5):
            assert tried.acquire(timeout=10)
    assert capsys.readouterr().err.count("ended with 1 (no disk); training continues") == 1


@pytest.mark.parametrize(
    ("rule", "stage", "updates", "settled"),
    [
        ("domain-flat", "adapt", 19, False), ("domain-flat", "adapt", 20, True),
        ("falls-fast", "adapt", 19, False), ("falls-fast", "adapt", 20, True),
        ("domain-flat", "anneal", 24, False), ("domain-flat", "anneal", 25, True),
        ("rising", "adapt", 1, True), ("garbled", "adapt", 1, True),
    ],
)  # fmt: skip
def test_a_curve_is_judged_as_a_whole_when_its_stage_is_done(
    tmp_path: Path, rule: str, stage: str, updates: int, settled: bool
) -> None:
    """Updates 0 to 19 are of `adapt`, 20 to 24 of `anneal`."""
    run = logged(tmp_path, FLAT, recipe={"train": {"batch_tokens": 32}})
    pack = tmp_path / "steps/pack-0123456789ab"
    pack.mkdir()
    (pack / "_manifest.json").write_text(json.dumps({"step": "pack"}))
    stages = {name: {"seq_len": 16, "sequences": count, "blocks": []} for name, count in
              (("adapt", 40), ("anneal", 10))}  # fmt: skip
    (pack / "manifest.json").write_text(json.dumps(stages))
    record = json.loads((tmp_path / "run.json").read_text())
    record["steps"]["pack"] = pack.name
    (tmp_path / "run.json").write_text(json.dumps(record))
    assert len(Run(run.path).plan) == 25
    one = {**finding(rule), "stage": stage}
    assert finding_notices._settled(one, tmp_path, updates) is settled
