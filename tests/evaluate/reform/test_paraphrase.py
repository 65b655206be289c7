"""Paraphrases by a model are used only where they keep the question's facts."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer

from rewarm.evaluate.reform import plan
from rewarm.evaluate.reform.paraphrase import faithful
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH
from rewarm.llm.client import Client
from rewarm.recipe.llm import Llm

QUESTION = "In which year did Ada Lovelace publish 3 notes?"


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("Ada Lovelace published 3 notes in which year?", True),
        (QUESTION, False),
        ("in which year did Ada Lovelace publish 3 notes", False),
        ("Ada Lovelace published 4 notes in which year?", False),
        ("Someone published 3 notes in which year?", False),
        ("In which year did Ada Lovelace publish 3 notes, and Charles Babbage none?", False),
        ("____: the year in which Ada Lovelace published 3 notes", False),
        ("", False),
    ],
)
def test_paraphrase_keeps_numbers_names_and_blanks(text: str, fine: bool) -> None:
    assert faithful(QUESTION, text) == fine


def test_rejected_paraphrases_are_left_out_and_counted(tmp_path: Path) -> None:
    def reworded(body: dict[str, Any]) -> str:
        question = body["messages"][1]["content"].splitlines()[1]
        number = question.split()[2]
        if number == "2":
            return json.dumps({"question": question})
        return "no JSON" if number == "3" else json.dumps({"question": f"Item {number}: name the capital."})

    server = ScriptedServer(reworded)
    llm = Llm.model_validate({"url": server.url, "model": "m", "cache": tmp_path / "cache", "backoff": 0.01})
    items = [
        Item(str(number), f"For item {number} , what is the capital?", ("p", "q"), (0,))
        for number in (1, 2, 3)
    ]
    with closing(Client(llm, tmp_path / "spent.jsonl")) as client:
        (reform,) = plan.plan(Asked(items, ENGLISH, "letters"), ["paraphrase"], client=client).reforms
    server.close()
    (variant,) = reform.variants
    assert [item.question for item in variant.asked.items] == ["Item 1: name the capital."]
    assert variant.originals == (0,) and reform.left_out == 2
