"""Processes that are killed while they ask, and several at once: nothing lost, asked twice, over budget."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer

from rewarm.llm.client import Client
from rewarm.llm.request import Request
from rewarm.recipe.llm import Llm

_ASK = """
import json, sys
from pathlib import Path
from rewarm.llm.client import Client
from rewarm.llm.request import Request
from rewarm.llm.spending import BudgetReached
from rewarm.recipe.llm import Llm
folder, url, number, budget = sys.argv[1:]
client = Client(
    Llm(url=url, model="m", cache=Path(folder, "cache"), concurrency=4, budget={"requests": int(budget)}),
    Path(folder, "spent.jsonl"),
)
found = {}
try:
    client.ask_all(
        [Request("system", f"question {one}") for one in range(int(number))],
        lambda number, answer: found.update({number: answer.text}),
    )
except BudgetReached:
    sys.exit(7)
print(json.dumps(found))
"""


def begin(folder: Path, server: ScriptedServer, number: int, budget: int = 10_000) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _ASK, str(folder), server.url, str(number), str(budget)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def test_killed_at_any_moment_it_goes_on_where_it_stopped(
    serve: Callable[..., ScriptedServer], tmp_path: Path
) -> None:
    server = serve(delay=0.02)
    kills = 0
    for wanted in (3, 9, 20):
        process = begin(tmp_path, server, 40)
        while process.poll() is None and len(server.bodies) < wanted:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        assert process.stdout
        process.stdout.close()
    out, _ = begin(tmp_path, server, 40).communicate()
    assert kills == 3
    assert {int(number): text for number, text in json.loads(out).items()} == {
        number: f"echo: question {number}" for number in range(40)
    }
    times = Counter(body["messages"][-1]["content"] for body in server.bodies)
    # Only what was under way at a kill, four requests at most, is asked again.
    assert sum(times.values()) <= 40 + 3 * 4
    with closing(Client(Llm(url=server.url, model="m"), tmp_path / "spent.jsonl")) as client:
        spent = client.spending.so_far()
    assert spent.requests >= len(server.bodies)


def test_processes_share_answers_and_budget(serve: Callable[..., ScriptedServer], tmp_path: Path) -> None:
    server = serve(delay=0.01)
    outs = [process.communicate()[0] for process in [begin(tmp_path, server, 30) for _ in range(2)]]
    assert outs[0] and json.loads(outs[0]).keys() == json.loads(outs[1]).keys()
    assert len(server.bodies) == 30

    both = [begin(tmp_path, server, 100, budget=50) for _ in range(2)]
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [7, 7] and len(server.bodies) == 50


@pytest.mark.slow
def test_budget_holds_under_kills(serve: Callable[..., ScriptedServer], tmp_path: Path) -> None:
    server = serve(delay=0.01)
    for wanted in range(5, 60, 7):
        process = begin(tmp_path, server, 500, budget=60)
        while process.poll() is None and len(server.bodies) < wanted:
            time.sleep(0.001)
        process.kill()
        process.communicate()
    last = begin(tmp_path, server, 500, budget=60)
    last.communicate()
    assert last.returncode == 7
    assert len(server.bodies) <= 60


def test_a_damaged_answer_is_asked_again(
    serve: Callable[..., ScriptedServer], client: Callable[..., Client], tmp_path: Path
) -> None:
    server = serve()
    answer = client(server.url).ask(Request("s", "u"))
    (path,) = (tmp_path / "cache").glob("*/*.json")
    found = json.loads(path.read_text())
    found["answer"]["text"] = "changed by the disk"
    for damaged in (json.dumps(found), "", path.read_text()[:50], "null"):
        path.write_text(damaged)
        again: Any = client(server.url).ask(Request("s", "u"))
        assert again.text == answer.text and not again.cached
    assert len(server.bodies) == 5
