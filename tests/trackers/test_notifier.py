"""Notifications by a real command and a real HTTP server; what hangs or fails never delays training."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from webhook import Server, serving

from rewarm.engine.work import Work
from rewarm.errors import RewarmError, Stopped, Terminated
from rewarm.recipe import Train
from rewarm.trackers import notifier
from rewarm.trackers.event import incident


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@contextmanager
def training(tmp_path: Path, *settings: dict[str, Any], first: bool = True) -> Iterator[notifier.Notifier]:
    plain = Train.model_validate({"notify": list(settings)}).model_dump(mode="json")
    work = Work("train", tmp_path / "small/steps/train-1.partial", {"name": "small", "free": plain}, {})
    with notifier.of_step(work, first=first) as found:
        yield found


def test_a_webhook_gets_every_event(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOK", server.url)
    with training(tmp_path, {"url_env": "HOOK"}) as sent:
        sent.send(incident(7, "loss rose; 数据"))
        sent.update = 9
    first, last = server.bodies
    assert (first["event"], first["level"], first["update"]) == ("incident", "warning", 7)
    assert first["text"] == "loss rose; 数据" and first["run"] == "small" and first["format"] == 1
    assert Path(first["folder"]) == tmp_path / "small"
    assert (last["event"], last["update"], last["title"]) == ("end", 9, "Training finished")
    assert capsys.readouterr().err == ""


def test_a_command_gets_the_event_on_stdin_and_in_its_environment(tmp_path: Path) -> None:
    script = (
        "import json, os, sys; row = json.load(sys.stdin); print('not shown'); "
        "open(sys.argv[1], 'a').write(json.dumps([row['event'], os.environ['REWARM_EVENT'], "
        "os.environ['REWARM_UPDATE'], os.environ['REWARM_TEXT'], os.environ['REWARM_RUN']]) + '\\n')"
    )
    out = tmp_path / "out; touch escaped"  # no shell reads it
    with training(tmp_path, {"command": [sys.executable, "-c", script, str(out)]}) as sent:
        sent.send(incident(3, "$(touch escaped) \x00"))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[0] == ["incident", "incident", "3", "$(touch escaped) ", "small"]
    assert rows[1][0] == "end"
    assert not Path("escaped").exists()


@pytest.mark.parametrize(
    ("error", "event", "text"),
    [
        (RewarmError("train: diverged. Lower schedule.peak"), "failure", "train: diverged"),
        (MemoryError(), "failure", "MemoryError"),
        (Stopped("stopped after block 1"), "end", "stopped after block 1"),
        (Terminated("after update 3 of 9"), "end", "after update 3"),
    ],
)
def test_how_a_training_ends_is_sent_and_the_error_goes_on(
    tmp_path: Path, server: Server, error: BaseException, event: str, text: str
) -> None:
    with pytest.raises(type(error)), training(tmp_path, {"url": server.url}):
        raise error
    (body,) = server.bodies
    assert body["event"] == event and body["text"].startswith(text)


def test_only_the_kinds_that_were_asked_for_and_only_rank_0(tmp_path: Path, server: Server) -> None:
    with training(tmp_path, {"url": server.url, "on": ["failure"]}) as sent:
        sent.send(incident(1, "x"))
    with training(tmp_path, {"url": server.url}, first=False) as sent:
        sent.send(incident(1, "x"))
    assert server.bodies == []


def test_a_webhook_that_hangs_delays_no_update_and_the_end_by_its_timeout(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.hold = threading.Event()
    began = time.monotonic()
    with training(tmp_path, {"url": server.url, "timeout": 0.5}) as sent:
        for update in range(200):
            sent.send(incident(update, "x"))
        assert time.monotonic() - began < 0.4
    assert time.monotonic() - began < 5
    said = capsys.readouterr().err
    assert said.count("training continues") == 1 and "notifications failed" in said
    assert "SECRET" not in said


@pytest.mark.parametrize("fault", ["refused", "status", "redirect", "unset", "http"])
def test_failures_are_reported_once_without_the_url(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    fault: str,
) -> None:  # fmt: skip
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/SECRET"
    url = {"refused": closed, "http": "http://203.0.113.1/SECRET"}.get(fault, server.url)
    said_of = {"refused": "refused", "status": "HTTP 500", "redirect": "HTTP 307",
               "unset": "HOOK is not set", "http": "use https"}  # fmt: skip
    server.status = {"status": 500, "redirect": 307}.get(fault, 200)
    if fault != "unset":
        monkeypatch.setenv("HOOK", url)
    with training(tmp_path, {"url_env": "HOOK"}) as sent:
        sent.send(incident(1, "x"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and said_of[fault] in lines[0] and "2 notifications failed" in lines[1]
    assert "SECRET" not in "".join(lines)
    assert len(server.bodies) == (2 if fault in ("status", "redirect") else 0), "no redirect is followed"


def test_a_command_that_hangs_is_killed_with_what_it_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = tmp_path / "pid"
    command = ["sh", "-c", f"sleep 60 & echo $! > {note}; wait"]
    with training(tmp_path, {"command": command, "timeout": 1.0, "on": ["end"]}):
        pass
    assert "did not end within 1 s" in capsys.readouterr().err
    pid = int(note.read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the child of a killed command is running")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({}, "nothing is given"),
        ({"url": "https://a.example", "command": ["x"]}, "command and url is given"),
        ({"url": "http://a.example/x"}, "use https"),
        ({"url": "file:///etc/passwd"}, "does not begin with https"),
        ({"url": "http://127.0.0.1.a.example/"}, "use https"),
        ({"url": "https://"}, "does not begin with https"),
        ({"url": "http://[::1"}, "is not a URL"),
    ],
)
def test_a_wrong_destination_is_an_error_of_the_recipe(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Train.model_validate({"notify": [setting]})
