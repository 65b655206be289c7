"""The client against a real server and a proxy that injects faults: nothing lost, nothing asked twice."""

import json
import random
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from scripted_server import FaultProxy, ScriptedServer

from rewarm.errors import RewarmError
from rewarm.llm.answer import Answer
from rewarm.llm.client import Client
from rewarm.llm.request import Request
from rewarm.llm.spending import BudgetReached

Serve = Callable[..., ScriptedServer]
Spoil = Callable[..., FaultProxy]
Make = Callable[..., Client]


class Pair(BaseModel):
    question: str
    answer: str


def requests(number: int) -> list[Request]:
    return [Request("system", f"question {one}") for one in range(number)]


def asked(client: Client, wanted: list[Request]) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    client.ask_all(wanted, lambda number, answer: found.update({number: answer}))
    return found


def test_an_answer_is_asked_for_once(serve: Serve, client: Make) -> None:
    server = serve()
    first = client(server.url).ask(Request("system", "question"))
    again = client(server.url).ask(Request("system", "question"))
    assert (first.text, first.cached, again.text, again.cached) == ("echo: question", False, first.text, True)
    assert len(server.bodies) == 1
    assert client(server.url, revision="2").ask(Request("system", "question")).cached is False
    assert client(server.url, temperature=None).ask(Request("system", "question", variant=1)).cached is False
    assert client(server.url, temperature=None).ask(Request("system", "question", variant=2)).cached is False


def test_equal_requests_at_once_are_one(serve: Serve, client: Make) -> None:
    server = serve(delay=0.1)
    found = asked(client(server.url), [Request("system", "same")] * 8)
    assert len(found) == 8 and len(server.bodies) == 1


def test_as_many_requests_are_under_way_as_allowed(serve: Serve, client: Make) -> None:
    import threading
    import time

    lock, level, most = threading.Lock(), [0], [0]

    def answer(body: dict[str, Any]) -> str:
        with lock:
            level[0] += 1
            most[0] = max(most[0], level[0])
        time.sleep(0.05)
        with lock:
            level[0] -= 1
        return "x"

    server = serve(answer)
    asked(client(server.url, concurrency=5), requests(20))
    assert most[0] == 5


def test_every_fault_that_passes_is_repeated(serve: Serve, spoil: Spoil, client: Make) -> None:
    rng = random.Random(1)
    kinds = ["429", "429:0.05", "500", "503", "drop", "truncate", "garbage", "hang", "", "", "", "", "", ""]
    server = serve()
    proxy = spoil(server, (rng.choice(kinds) for _ in range(10_000)), hang=0.6)
    found = asked(client(proxy.url, timeout=0.4, attempts=30), requests(60))
    assert sorted(found) == list(range(60))
    assert all(found[number].text == f"echo: question {number}" for number in found)
    assert {"429", "500", "drop", "truncate", "garbage", "hang"} <= set(proxy.met)
    assert client(server.url).spending.so_far().requests == proxy.arrived


def test_the_server_says_how_long_to_wait(serve: Serve, spoil: Spoil, client: Make) -> None:
    import time

    proxy = spoil(serve(), iter(["429:1"]))
    began = time.monotonic()
    client(proxy.url).ask(Request("system", "question"))
    assert time.monotonic() - began >= 1


def test_a_server_that_is_gone_stops_the_client_and_what_was_answered_stays(
    serve: Serve, spoil: Spoil, client: Make
) -> None:
    server = serve()
    proxy = spoil(server, chain(repeat("", 10), repeat("500")))
    seen: dict[int, Answer] = {}
    with pytest.raises(RewarmError, match=r"http\.500 after 3 attempts.*run the same command again"):
        client(proxy.url, attempts=3, concurrency=2).ask_all(
            requests(40), lambda number, answer: seen.update({number: answer})
        )
    assert len(seen) == 10
    assert len(asked(client(server.url), requests(40))) == 40
    assert len(server.bodies) == 40  # exact resume: the ten were not asked again


def test_one_request_that_always_fails_is_rejected_and_the_rest_goes_on(serve: Serve, client: Make) -> None:
    def answer(body: dict[str, Any]) -> str:
        if "question 7" in body["messages"][-1]["content"]:
            raise ConnectionError
        return "fine"

    server = serve(answer)
    found = asked(client(server.url, attempts=4, concurrency=2, backoff=0.05), requests(60))
    assert found[7].rejected.startswith("connection") and not found[8].rejected
    assert [number for number in found if found[number].rejected] == [7]
    # A fault is not cached: the next run tries again.
    assert client(server.url, attempts=1)._cache.get(found[7].address) is None


def test_settings_that_the_server_refuses_stop_the_client(serve: Serve, spoil: Spoil, client: Make) -> None:
    """A trivial request succeeds, and every real one is refused."""
    server = serve(lambda body: "fine")
    proxy = spoil(server, iter(["400", "", "400", "", "400", ""]))
    with pytest.raises(RewarmError, match="see `structured`"):
        asked(client(proxy.url, concurrency=1), requests(10))
    assert proxy.met.count("400") == 3


@pytest.mark.parametrize(("status", "said"), [("401", "Set MY_KEY"), ("403", "no access"), ("404", "`url`")])
def test_what_cannot_pass_stops_at_once(
    serve: Serve, spoil: Spoil, client: Make, status: str, said: str
) -> None:
    proxy = spoil(serve(), repeat(status))
    with pytest.raises(RewarmError, match=said):
        client(proxy.url, key="MY_KEY").ask(Request("system", "question"))
    assert proxy.arrived == 1


def test_a_body_without_end_is_cut_off(client: Make) -> None:
    """A server that sends a byte now and then never trips a timeout of silence."""
    import contextlib
    import socket
    import threading
    import time

    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                    for _ in range(100):
                        connection.sendall(b" ")
                        time.sleep(0.05)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(RewarmError, match="did not end in time"):
        client(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", timeout=0.3, attempts=1).ask(
            Request("system", "question")
        )
    assert time.monotonic() - began < 3
    listener.close()


def test_an_answer_that_breaks_its_schema_is_asked_again_with_the_fault(serve: Serve, client: Make) -> None:
    def answer(body: dict[str, Any]) -> str:
        good = json.dumps({"question": "q", "answer": "a"})
        return good if len(body["messages"]) > 2 else '{"question": "q"}'

    server = serve(answer)
    found = client(server.url).ask(Request("system", "make a pair", Pair))
    assert found.data == {"question": "q", "answer": "a"} and not found.rejected
    assert [one.reason for one in found.invalid] == ["schema: answer: Field required"]
    assert "schema: answer: Field required" in server.bodies[1]["messages"][-1]["content"]
    schema = server.bodies[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["question", "answer"] and schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("content", "finish", "reason"),
    [
        ("no json at all", "stop", "json: the answer contains no object"),
        ('{"question": "q", "ans', "length", "cut: json: "),
        ("<think>I wonder", "length", "cut: the answer ends inside the reasoning"),
        ("", "stop", "json: the answer contains no object"),
    ],
)
def test_what_stays_invalid_is_rejected_kept_and_not_paid_again(
    serve: Serve, client: Make, content: str, finish: str, reason: str
) -> None:
    server = serve(lambda body: (content, finish))
    found = client(server.url).ask(Request("system", "make a pair", Pair))
    assert found.rejected.startswith(reason)
    assert [one.text for one in found.invalid] == [content, content]
    assert client(server.url).ask(Request("system", "make a pair", Pair)).rejected == found.rejected
    assert len(server.bodies) == 2


def test_reasoning_and_fences_are_no_part_of_the_answer(serve: Serve, client: Make) -> None:
    server = serve(lambda body: '<think>{"no"}</think>\n```json\n{"question": "q", "answer": "a"}\n```')
    assert client(server.url).ask(Request("s", "u", Pair)).data == {"question": "q", "answer": "a"}


def test_the_schema_can_be_told_in_words(serve: Serve, client: Make) -> None:
    server = serve(lambda body: '{"question": "q", "answer": "a"}')
    client(server.url, structured="prompt").ask(Request("s", "u", Pair))
    assert "response_format" not in server.bodies[0]
    assert '"question"' in server.bodies[0]["messages"][0]["content"]


def test_keys_come_from_the_environment_and_go_nowhere_else(
    serve: Serve, spoil: Spoil, client: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    key = "sk-test-4f9a8b7c6d5e"
    monkeypatch.setenv("MY_KEY", key)
    caplog.set_level("DEBUG")
    server = serve(lambda body: "fine")
    client(server.url, key="MY_KEY").ask(Request("s", "u"))
    assert server.headers[0]["authorization"] == f"Bearer {key}"

    from rewarm.llm import server as module

    shown = module.Server(client("http://127.0.0.1:9/v1", key="MY_KEY").llm)._clean(
        f"bad key {key}, {key[:8]}…5e"
    )
    assert key not in shown and key[:8] not in shown
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert written and key.encode() not in written and key not in caplog.text


def test_a_hosted_server_needs_a_key(client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(RewarmError, match="environment variable MY_KEY is not set"):
        client("https://example.org/v1", key="MY_KEY")


def test_the_budget_counts_every_attempt(serve: Serve, spoil: Spoil, client: Make) -> None:
    server = serve()
    proxy = spoil(server, iter(chain.from_iterable(repeat(["500", ""], 100))))
    with pytest.raises(BudgetReached, match=r"budget\.requests: the next attempt could exceed 10"):
        asked(client(proxy.url, budget={"requests": 10}, concurrency=1), requests(20))
    assert proxy.arrived == 10
    with pytest.raises(BudgetReached):
        asked(client(server.url, budget={"requests": 10}), requests(20))
    assert proxy.arrived + 0 == 10 and len(server.bodies) == 5


def test_a_cost_is_never_exceeded(serve: Serve, client: Make) -> None:
    server = serve()
    prices = {"input": 3000, "output": 15000}
    one = client(server.url, prices=prices, budget={"cost": 5, "requests": None}, max_tokens=100)
    with pytest.raises(BudgetReached, match=r"budget\.cost: the next attempt could exceed 5"):
        asked(one, requests(100))
    billed = sum(
        sum(len(message["content"]) for message in body["messages"]) // 4 * 3000
        + len("echo: question 1") // 4 * 15000
        for body in server.bodies
    )
    # Close to the limit: only what the last attempt might have used is left.
    assert 5 - 2.5 < billed / 1e6 <= 5
    assert one.spending.so_far().requests == len(server.bodies)
