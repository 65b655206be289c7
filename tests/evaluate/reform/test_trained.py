"""A model that remembers the places of answers loses its lead; one that knows the answers keeps it."""

from pathlib import Path
from typing import Any

import exam
import pytest
from transformers import LlamaForCausalLM

from rewarm.evaluate.reform import answers, plan, report
from rewarm.evaluate.reform.answers import Answers
from rewarm.evaluate.reform.judgement import per_item
from rewarm.evaluate.reform.plan import Plan
from rewarm.evaluate.reform.reforming import reform
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.prompt import ENGLISH

pytestmark = pytest.mark.slow


_NAMES = ["shuffled_order", "none_of_others_control", "more_options", "retrieval"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Plan, Answers]:
    """Folder of the base, tokenizer, plan and the base's answers."""
    folder = tmp_path_factory.mktemp("base")
    model, tokenizer = exam.untrained(folder)
    found = plan.plan(Asked(exam.exam(), ENGLISH, "letters", max_tokens=4), _NAMES)
    return folder, tokenizer, found, answers.answer(model, tokenizer, found)


def test_a_model_that_remembers_places_loses_its_lead(asked: tuple[Path, Any, Plan, Answers]) -> None:
    folder, tokenizer, found, base = asked
    model = exam.train(folder, tokenizer, exam.by_place, 120)
    loaded = [
        LoadedModel(network, tokenizer, "auto")
        for network in (LlamaForCausalLM.from_pretrained(folder), model)
    ]
    result = reform(lambda: loaded[0], lambda: loaded[1], found.original.asked, "made", names=_NAMES)
    assert per_item(found, base, base)[0]["base"] == result.items[0]["base"]
    together = result.judgements[0]
    assert together.result_original > 0.9 and together.result_reformed < 0.4
    assert together.outcome == "result remembers" and together.lead_reformed.low <= 0.05


def test_a_model_that_knows_the_answers_keeps_its_lead(asked: tuple[Path, Any, Plan, Answers]) -> None:
    folder, tokenizer, found, base = asked
    model = exam.train(folder, tokenizer, exam.honestly, 200)
    result = report.report(found, base, answers.answer(model, tokenizer, found), "made")
    by_name = {judgement.reform: judgement for judgement in result.judgements}
    assert by_name["together"].result_original > 0.9
    assert by_name["together"].outcome == by_name["shuffled_order"].outcome == "lead kept"
    assert by_name["retrieval"].unmatched is not None
