"""The protocol against another program's server: llama.cpp with SmolLM2-135M, schema, limits, errors.

135 million parameters write no faithful text, so nothing here looks at content.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from rewarm.errors import RewarmError
from rewarm.llm.client import Client
from rewarm.llm.request import Request
from rewarm.recipe.llm import Llm

pytestmark = pytest.mark.slow


class Facts(BaseModel):
    colour: str = Field(max_length=20)
    number: int = Field(ge=0, le=9)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Base URL of the server."""
    script = Path(__file__).with_name("real_server.py")
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    yield process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_text_tokens_and_cache(url: str, client: Callable[..., Client]) -> None:
    one = client(url, timeout=60)
    first = one.ask(Request("Answer briefly.", "What is the capital of France?", max_tokens=24))
    assert first.text and first.input_tokens > 10 and 1 <= first.output_tokens <= 24
    spent = one.spending.so_far()
    assert (spent.requests, spent.output_tokens) == (1, first.output_tokens)
    assert one.ask(Request("Answer briefly.", "What is the capital of France?", max_tokens=24)).cached


def test_json_keeps_its_schema(url: str, client: Callable[..., Client]) -> None:
    one = client(url, timeout=60, concurrency=2)
    found = {}
    requests = [
        Request("Give a colour and a digit.", f"Number {seed}.", Facts, 48, seed) for seed in range(2)
    ]
    one.ask_all(requests, lambda number, answer: found.update({number: answer}))
    assert len(found) == 2 and all(Facts.model_validate(answer.data) for answer in found.values())


def test_without_a_schema_at_the_server_answers_are_still_validated(
    url: str, client: Callable[..., Client]
) -> None:
    answer = client(url, timeout=60, structured="prompt", invalid_attempts=1).ask(
        Request("Give a colour and a digit.", "Now.", Facts, 24)
    )
    assert answer.rejected or Facts.model_validate(answer.data)


def test_a_cut_answer_is_rejected_and_counted(url: str, client: Callable[..., Client]) -> None:
    one = client(url, timeout=60, invalid_attempts=1)
    answer = one.ask(Request("Write a long story.", "About a ship.", max_tokens=8))
    assert answer.rejected == "cut: the answer reached max_tokens" and answer.output_tokens == 8


def test_too_long_a_request_costs_itself_only(url: str, client: Callable[..., Client]) -> None:
    one = client(url, timeout=60, attempts=2)
    found = {}
    long = "word " * 6000
    one.ask_all(
        [Request("Say yes.", "Now.", max_tokens=8), Request("Say yes.", long, max_tokens=8)],
        lambda number, answer: found.update({number: answer}),
    )
    assert found[1].rejected.startswith("http.400") and not found[1].text


def test_an_unknown_path_says_what_to_check(url: str, tmp_path: Path) -> None:
    llm = Llm(url=url.replace("/v1", "/v2"), model="m", cache=tmp_path, attempts=1)
    with (
        closing(Client(llm, tmp_path / "spent.jsonl")) as client,
        pytest.raises(RewarmError, match=r"http\.404.*Check `url`"),
    ):
        client.ask(Request("s", "u"))
