"""Labels from a language model: what is asked, what is kept, what a second run costs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer

from rewarm.classify import seeds
from rewarm.llm import judged_labels
from rewarm.recipe.judge import Judge

ROWS = [(f"f:{n}", f"{'useful facts' if n % 2 else 'buy now'} number {n}") for n in range(40)]


def judge(url: str, folder: Path, **more: Any) -> Judge:
    llm = {"url": url, "model": "m", "cache": str(folder / "cache"), "backoff": 0.01, **more.pop("llm", {})}
    labels = {"good": "teaches facts", "bad": "sells something"}
    return Judge.model_validate({"llm": llm, "labels": labels, "samples": 20, **more})


def answer(body: dict[str, Any]) -> str:
    text = body["messages"][1]["content"]
    if "number 7\n" in text:
        return '{"label": "splendid"}'
    return json.dumps({"label": "good" if "useful" in text else "bad"})


def test_a_sample_is_labelled_once_and_teaches_a_classifier(
    tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(answer)
    chosen = judge(server.url, tmp_path, samples=40)
    rows = judged_labels.sample([*ROWS, ROWS[0]], chosen, 0)
    assert sorted(rows) == sorted(ROWS), "equal texts are asked about once"
    found = judged_labels.label(rows, chosen, "quality", tmp_path / "seeds.jsonl")
    assert found.labels == {"good": 19, "bad": 20} and sum(found.rejected.values()) == 1
    asked = len(server.bodies)
    body = server.bodies[0]
    assert "teaches facts" in body["messages"][0]["content"] and "MATERIAL" in body["messages"][1]["content"]
    assert body["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"] == ["good", "bad"]
    given = seeds.read(tmp_path / "seeds.jsonl", "quality")
    assert given.counts == {"good": 19, "bad": 20}
    first = (tmp_path / "seeds.jsonl").read_bytes()
    judged_labels.label(rows, chosen, "quality", tmp_path / "seeds.jsonl")
    assert len(server.bodies) == asked and (tmp_path / "seeds.jsonl").read_bytes() == first


def test_a_sample_does_not_depend_on_the_order(tmp_path: Path) -> None:
    chosen = judge("http://127.0.0.1:1/v1", tmp_path)
    one = judged_labels.sample(ROWS, chosen, 0)
    assert one == judged_labels.sample(ROWS[::-1], chosen, 0) and len(one) == 20
    assert one != judged_labels.sample(ROWS, chosen, 1)
    plan = judged_labels.plan(one, chosen)
    assert plan["requests"] == 20 and plan["most_tokens"] > 20 * 64


def test_a_budget_ends_the_asking_and_keeps_what_was_answered(
    tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(answer)
    chosen = judge(server.url, tmp_path, llm={"budget": {"requests": 6}, "concurrency": 1})
    rows = judged_labels.sample(ROWS, chosen, 0)
    found = judged_labels.label(rows, chosen, "quality", tmp_path / "seeds.jsonl")
    assert "requests" in found.stopped and 4 <= found.labels.total() <= 6
    assert len((tmp_path / "seeds.jsonl").read_text().splitlines()) == found.labels.total()


def test_settings_without_labels_or_a_model_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        Judge.model_validate({"llm": {"model": "m"}, "labels": {"good": "x"}})
    with pytest.raises(ValueError, match="name the model"):
        Judge.model_validate({"llm": {}, "labels": {"good": "x", "bad": "y"}})
