"""Asks the teacher about the passages of one shard, in two rounds: relations follow from listed entities."""

from collections.abc import Iterator
from typing import Any

from rewarm.data.synthesize.candidates import Candidate, Rejected, judged
from rewarm.data.synthesize.checks.faithful import Known, known
from rewarm.data.synthesize.passages import Origin
from rewarm.data.synthesize.prompts import (
    complementary,
    comprehension,
    entities,
    questions,
    rewrite,
    solutions,
)
from rewarm.data.synthesize.prompts.common import Passage, Task
from rewarm.engine.progress import progress
from rewarm.llm.answer import Answer
from rewarm.llm.client import Client
from rewarm.llm.spending import BudgetReached, Spent
from rewarm.text.domain_terms import DomainTerms, content_words


def first_tasks(origin: Origin, terms: DomainTerms, config: dict[str, Any]) -> Iterator[Task]:
    """What is asked about a document before anything is known.

    A document that is rewritten is asked about its own text only that: its questions would be as dirty.
    """
    for passage in origin.passages:
        if origin.rewritten:
            yield from rewrite.tasks(passage)
            continue
        for mode in config["modes"]:
            if mode == "complementary":
                yield from complementary.tasks(passage, config["repeats"])
            elif mode == "questions":
                asked = config["questions"]
                yield from questions.tasks(passage, terms, asked["rounds"], asked["pairs"])
            elif mode == "entities":
                yield from entities.listing(passage, config["entities"]["most"])
            elif mode == "comprehension":
                yield from comprehension.tasks(passage)
            elif mode == "solutions" and is_conversation(origin.row):
                yield from solutions.tasks(passage)


def is_conversation(row: dict[str, Any]) -> bool:
    """Whether a document was grouped from messages (`conversations` of its source)."""
    return '"conversation"' in (row["meta"] or "")


def ask(
    origins: list[Origin], terms: DomainTerms, config: dict[str, Any], seed: int, client: Client
) -> tuple[list[Candidate], list[Rejected]]:
    """Candidates and rejected outputs of some documents, in the order of the tasks.

    Raises BudgetReached, unless `at_budget` is `finish`.
    """
    first = [task for origin in origins for task in first_tasks(origin, terms, config)]
    answers = _answers(first, config, client)
    second: list[Task] = []
    for task, answer in zip(first, answers, strict=True):
        if task.asked.policy == "entities" and answer.data:
            asked = config["entities"]
            second += entities.relations(
                task.passage, answer.data["entities"], asked["most"], asked["pairs"], seed
            )
    later = _answers(second, config, client)
    facts: dict[Passage, Known] = {}
    common = {word for term in terms.terms for word in content_words(term)}
    candidates: list[Candidate] = []
    rejected: list[Rejected] = []
    for task, answer in zip([*first, *second], [*answers, *later], strict=True):
        if task.asked.policy == "entities" and not answer.rejected:
            continue
        if task.passage not in facts:
            facts = {task.passage: known(task.passage)}
        about = facts[task.passage]
        own = {word for name in about.facts.names for word in content_words(name)}
        passed, more = judged(task, answer, about, (common | own) & about.words, config["checks"])
        candidates += [passed] if passed else []
        rejected += more
    return candidates, rejected


def _answers(tasks: list[Task], config: dict[str, Any], client: Client) -> list[Answer]:
    found: dict[int, Answer] = {}
    with progress("teacher", total=len(tasks), unit="answer", quiet=not tasks) as bar:

        def done(number: int, answer: Answer) -> None:
            found[number] = answer
            bar.update(1)

        try:
            client.ask_all(
                (task.request for task in tasks),
                done,
                lambda spent: bar.set_postfix_str(told(spent), refresh=False),
            )
        except BudgetReached:
            if config["at_budget"] == "stop":
                raise
    return [found.get(number) or Answer("", "", rejected="budget") for number in range(len(tasks))]


def told(spent: Spent) -> str:
    """What was used so far, for the progress line."""
    cost = f", cost {spent.cost:.2f}" if spent.cost_parts else ""
    return f"{spent.tokens:,} tokens{cost}"
