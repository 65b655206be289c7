"""A task's items to a table of scores: one model, one form, one prompt."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import task_scores
from rewarm.evaluate.score import encoding, exact_match, generation
from rewarm.evaluate.score.likelihood import Likelihoods, likelihoods
from rewarm.evaluate.tasks import prompt as prompts
from rewarm.evaluate.tasks.asked import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import Request

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["Asked", "Scores", "score"]


@dataclass(frozen=True, slots=True)
class Scores:
    """table: `corpus/tables/task_scores.SCHEMA`; forwarded: tokens computed for likelihoods; method: `forest`
    or `rows`; cut: requests that were longer than the model reads."""

    table: pa.Table
    forwarded: int
    method: str
    cut: int


def score(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    asked: Asked,
    row_tokens: int = 512,
    progress: Callable[[int], None] = lambda _: None,
    method: str = "auto",
) -> Scores:
    """Score every item of a task. progress: called with the number of requests and answers done; row_tokens,
    method: as of `likelihoods`."""
    requests = prompts.requests(asked.items, asked.prompt, asked.form, asked.shots)
    encoded = encoding.encode(requests, tokenizer, encoding.longest_of(model))
    result = likelihoods(model, encoded, row_tokens, progress, method)
    answers = _answers(model, tokenizer, asked, progress)
    by_item: dict[int, list[int]] = {}
    for number, request in enumerate(requests):
        by_item.setdefault(request.item, []).append(number)
    rows = [
        _row(
            item, [requests[n] for n in by_item[number]], result, by_item[number], answers.get(number), asked
        )
        for number, item in enumerate(asked.items)
    ]
    table = pa.Table.from_pylist(rows, schema=task_scores.SCHEMA)
    return Scores(table, result.forwarded, result.method, sum(request.cut > 0 for request in encoded))


def _answers(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    asked: Asked,
    progress: Callable[[int], None],
) -> dict[int, str]:
    """Generated answers of open items by item number; none when they are scored as continuations."""
    wanted = [number for number, item in enumerate(asked.items) if not item.options]
    if asked.open != "generation" or not wanted:
        return {}
    asks = prompts.requests([asked.items[number] for number in wanted], asked.prompt, asked.form, asked.shots)
    texts = [request.context for request in asks]
    found = generation.generate(model, tokenizer, texts, asked.max_tokens, progress=progress)
    return dict(zip(wanted, found, strict=True))


def _row(
    item: Item,
    requests: list[Request],
    result: Likelihoods,
    numbers: list[int],
    answer: str | None,
    asked: Asked,
) -> dict[str, Any]:
    nats, tokens = result.nats[numbers], result.tokens[numbers]
    texts = [_scored_text(request, asked) for request in requests]
    characters = np.array([max(1, len(text)) for text in texts])
    sizes = np.array([max(1, len(text.encode())) for text in texts])
    lengths = {"none": np.ones(len(numbers)), "tokens": tokens, "characters": characters, "bytes": sizes}
    gold = next((place for place, request in enumerate(requests) if request.candidate == item.gold), 0)
    greedy = bool(result.greedy[numbers][gold])
    if item.options:
        chosen = {name: int(np.argmin(nats / length)) for name, length in lengths.items()}
        correct = {name: choice == gold for name, choice in chosen.items()}
        choice = chosen[asked.normalisation]
    else:
        right = greedy if answer is None else exact_match.matches(answer, item.answers)
        correct, choice = dict.fromkeys(lengths, right), -1
    return {
        "id": item.id,
        "group": item.group,
        "labels": json.dumps(dict(item.labels), ensure_ascii=False, sort_keys=True),
        "kind": item.kind,
        "candidates": [list(request.candidate) for request in requests],
        "nats": nats.tolist(),
        "tokens": tokens.tolist(),
        "characters": characters.tolist(),
        "bytes": sizes.tolist(),
        "gold": gold,
        "choice": choice,
        "answer": answer,
        "correct": correct[asked.normalisation],
        **{f"correct_{name}": value for name, value in correct.items()},
        "greedy": greedy,
        "chance": item.chance,
    }


def _scored_text(request: Request, asked: Asked) -> str:
    """The answer itself: without the joiner before it, as lm-eval measures its length."""
    text = request.continuation
    return text[len(asked.prompt.joiner) :] if text.startswith(asked.prompt.joiner) else text
