"""Asks the judge about pairs: both orders of each, and a share of the prompts twice.

Requests go out in a random order of the pairs with both orders of a pair together, so what a budget leaves
unasked is a random sample. The second judgement of a pair lists the dimensions the other way round and has
another seed: neither should change a verdict, and at temperature 0 the seed alone changes nothing.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rewarm.engine.progress import progress
from rewarm.evaluate.duels import prompts
from rewarm.evaluate.duels.pairs import Pair
from rewarm.evaluate.duels.verdicts import ORDERS, Order, Verdict
from rewarm.llm.answer import Answer
from rewarm.llm.client import Client
from rewarm.llm.refusal import is_refusal
from rewarm.llm.request import Request
from rewarm.llm.spending import BudgetReached
from rewarm.recipe.duels import Dimension, Duels

# The kind of reason of a request that was not sent.
BUDGET = "budget"


@dataclass(frozen=True)
class Question:
    """One request: a pair in one order. repeat: 0, or 1 for the second judgement."""

    pair: Pair
    order: Order
    repeat: int
    dimensions: tuple[Dimension, ...]
    request: Request


def questions(pairs: Iterable[Pair], settings: Duels) -> list[Question]:
    """All requests, in the order in which they are sent."""
    judged = [pair for pair in pairs if not pair.decided]
    ids = sorted({pair.item.id for pair in judged}, key=lambda key: _draw(settings.seed, "repeat", key))
    twice = set(ids[: math.ceil(settings.judged_twice * len(ids))])
    judged.sort(key=lambda pair: _draw(settings.seed, "order", pair.item.id, pair.result, pair.base))
    return [
        question
        for pair in judged
        for repeat in ((0, 1) if pair.item.id in twice else (0,))
        for question in _both_orders(pair, repeat, settings)
    ]


def _both_orders(pair: Pair, repeat: int, settings: Duels) -> Iterator[Question]:
    dimensions = settings.dimensions_in(pair.language)
    shown = tuple(reversed(dimensions)) if repeat else dimensions
    answers = pair.item.answers
    for order in ORDERS:
        first, second = (pair.result, pair.base) if order == "result_first" else (pair.base, pair.result)
        request = prompts.request(
            pair.item.prompt, answers[first], answers[second], shown,
            language=pair.language, reasons=settings.reasons, variant=repeat,
        )  # fmt: skip
        yield Question(pair, order, repeat, shown, request)


def judge(asked: list[Question], settings: Duels, client: Client) -> list[Verdict]:
    """The verdicts of all questions, in their order.

    An answer that cannot be used gives rows without a verdict. Raises BudgetReached unless `at_budget` is
    `finish`, and RewarmError where the server cannot be used; answers so far are in the client's cache.
    """
    answers: dict[int, Answer] = {}
    with progress("judge", total=len(asked), unit="verdict", quiet=not asked) as bar:

        def done(number: int, answer: Answer) -> None:
            answers[number] = answer
            bar.update(1)

        try:
            client.ask_all((question.request for question in asked), done)
        except BudgetReached:
            if settings.at_budget == "stop":
                raise
    missing = Answer("", "", rejected=f"{BUDGET}: not asked")
    return [
        verdict
        for number, question in enumerate(asked)
        for verdict in _verdicts(question, answers.get(number, missing), settings)
    ]


def _verdicts(question: Question, answer: Answer, settings: Duels) -> Iterator[Verdict]:
    names = tuple(dimension.name for dimension in question.dimensions)
    found = {} if answer.rejected else prompts.choices(answer.data, names)
    rejected = _why(answer)
    pair = question.pair
    for name in names:
        choice, reason = found.get(name, ("", ""))
        yield Verdict(
            pair.item.id, pair.result, pair.base, name, question.order, question.repeat, choice, reason,
            rejected, settings.judge.model, answer.address,
        )  # fmt: skip


def _why(answer: Answer) -> str:
    """Why an answer is rejected; a refusal is told apart from other text that is no JSON."""
    said = answer.text or (answer.invalid[-1].text if answer.invalid else "")
    if answer.rejected.startswith("json") and is_refusal(said):
        return f"refusal: {' '.join(said.split())[:100]}"
    return answer.rejected


def _draw(seed: int, *parts: str) -> bytes:
    return hashlib.blake2b("\0".join([str(seed), *parts]).encode("utf-8", "replace")).digest()
