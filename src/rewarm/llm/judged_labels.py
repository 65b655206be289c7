"""Lets a language model label a sample of texts, so that a small classifier can learn from it.

A model that judges every document of a corpus costs more than training on it; one that judges a few hundred
teaches a classifier that judges the rest (FineWeb-Edu, Penedo et al. 2024, 2406.17557). Texts stand between
marks and are never followed as instructions. Answers are in the client's cache, so a stopped run asks nothing
twice.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, create_model

from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.llm.answer import Answer
from rewarm.llm.client import Client
from rewarm.llm.quoting import RULE, quoted
from rewarm.llm.request import Request, most_input_tokens
from rewarm.llm.request import body as body_of
from rewarm.llm.spending import BudgetReached
from rewarm.recipe.judge import Judge

Row = tuple[str, str]
_ANSWER_TOKENS = 64


@dataclass
class Judged:
    """texts: asked about; labels: answers by label; rejected: reasons of the others, with their number;
    stopped: why the rest was not asked, "" where all was."""

    texts: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    cost: float = 0.0
    stopped: str = ""


def sample(rows: Iterable[Row], judge: Judge, seed: int) -> list[Row]:
    """(place, text) of as many texts as the settings ask for, each once, drawn by a hash of the content."""
    kept: dict[bytes, Row] = {}
    heap: list[tuple[int, bytes]] = []
    for place, text in rows:
        cut = text[: judge.characters]
        digest = hashlib.blake2b(
            cut.encode("utf-8", "replace"), key=str(seed).encode(), digest_size=16
        ).digest()
        if digest in kept:
            continue
        rank = -int.from_bytes(digest, "big")
        if len(heap) == judge.samples:
            if rank <= heap[0][0]:
                continue
            del kept[heapq.heappushpop(heap, (rank, digest))[1]]
        else:
            heapq.heappush(heap, (rank, digest))
        kept[digest] = (place, cut)
    return [kept[digest] for digest in sorted(kept)]


def requests(rows: Iterable[Row], judge: Judge) -> Iterator[Request]:
    """A question for each text."""
    kinds = "\n".join(f"- {label}: {meaning}" for label, meaning in judge.labels.items())
    system = f"{judge.question}\n\nLabels:\n{kinds}\n\n{RULE}"
    schema = schema_of(judge)
    for _, text in rows:
        yield Request(system, quoted(text), schema, _ANSWER_TOKENS)


def schema_of(judge: Judge) -> type[BaseModel]:
    """An object with one of the labels."""
    one_of: Any = Literal[tuple(judge.labels)]
    return create_model("Labelled", label=(one_of, ...))


def plan(rows: list[Row], judge: Judge) -> dict[str, Any]:
    """Requests, and an upper bound of the tokens that they take, for `--dry-run`."""
    asked = [most_input_tokens(body_of(one, judge.llm)) + _ANSWER_TOKENS for one in requests(rows, judge)]
    budget = judge.llm.budget.model_dump()
    return {"requests": len(asked), "most_tokens": sum(asked), "model": judge.llm.model, "budget": budget}


def plan_lines(found: dict[str, Any]) -> Iterator[str]:
    """The same for the terminal."""
    limits = [f"{name} {limit:,}" for name, limit in found["budget"].items() if limit is not None]
    yield (
        f"planned   {found['requests']:,} requests to {found['model']}, at most {found['most_tokens']:,} "
        f"tokens (budget: {', '.join(limits) or 'none'})"
    )


def label(rows: list[Row], judge: Judge, axis: str, out: Path) -> Judged:
    """Ask about all texts; JSON lines of text, AXIS and place in `out`, in the order of the sample.

    A budget that is reached ends the asking, and what was answered is written. Raises RewarmError where the
    server cannot be used.
    """
    found = Judged(texts=len(rows))
    answers: dict[int, str] = {}
    journal = out.with_name(f"{out.name}.spent.jsonl")
    journal.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(Client(judge.llm, journal)) as client,
        progress("judge", total=len(rows), unit="text") as bar,
    ):

        def done(number: int, answer: Answer) -> None:
            bar.update(1)
            if answer.rejected or not isinstance(answer.data, dict):
                found.rejected[(answer.rejected or "no label").partition(":")[0]] += 1
                return
            answers[number] = str(answer.data["label"])

        try:
            client.ask_all(requests(rows, judge), done)
        except BudgetReached as error:
            found.stopped = str(error)
        spent = client.spending.so_far()
    found.labels.update(answers.values())
    found.requests, found.cost = spent.requests, spent.cost
    with writing(out) as aside, aside.open("wb") as file:
        for number in sorted(answers):
            place, text = rows[number]
            row = {"text": text, axis: answers[number], "place": place}
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    return found


def lines(found: Judged, out: Path, axis: str) -> Iterator[str]:
    """For the terminal."""
    said = " · ".join(f"{label} {count:,}" for label, count in found.labels.most_common())
    yield f"judged    {found.labels.total():,} of {found.texts:,} texts: {said or 'none'}"
    if found.rejected:
        yield "          rejected: " + ", ".join(f"{why} {count:,}" for why, count in found.rejected.items())
    if found.stopped:
        yield f"          stopped: {found.stopped}"
    yield f"          {found.requests:,} requests, cost {found.cost:.2f}"
    yield f"written   {out}; next: rewarm label train {out} --axis {axis}"


def values(found: Judged, out: Path) -> dict[str, Any]:
    """For programs."""
    return {
        "texts": found.texts, "labels": dict(found.labels), "rejected": dict(found.rejected),
        "requests": found.requests, "cost": found.cost, "stopped": found.stopped, "file": str(out),
    }  # fmt: skip
