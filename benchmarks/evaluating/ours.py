"""Our side: the same records through the task formats of rewarm."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rewarm.evaluate.score import encoding
from rewarm.evaluate.score.likelihood import likelihoods
from rewarm.evaluate.score.task_scores import Asked, Scores, score
from rewarm.evaluate.tasks import item
from rewarm.evaluate.tasks import prompt as prompts
from rewarm.evaluate.tasks.catalogue import KNOWN


@dataclass(frozen=True)
class Set:
    """name: of lm-eval's task; known: our format; form; topic: of MMLU; records and few-shot examples."""

    name: str
    known: str
    form: prompts.Form
    records: list[dict[str, Any]]
    shots: list[dict[str, Any]]
    topic: str = ""


def asked(wanted: Set) -> Asked:
    """The set as items with rewarm's prompt."""
    entry = KNOWN[wanted.known]
    # lm-eval has MMLU's subject from the task, not from the record.
    subject = {"subject": wanted.topic} if wanted.topic else {}
    items = [
        [_item(entry.convert(record | subject), number) for number, record in enumerate(part)]
        for part in (wanted.records, wanted.shots)
    ]
    numbered = [replace(one, id=str(number)) for number, one in enumerate(items[0])]
    return Asked(numbered, entry.prompt, wanted.form, items[1], open=entry.open)


def _item(fields: dict[str, Any], number: int) -> item.Item:
    given = {key: value for key, value in fields.items() if value is not None}
    return item.of_record({**given, "fill_blank": False}, f"record {number}", str(number))


def evaluate(network: Any, tokenizer: Any, wanted: Set) -> Scores:
    """Score the set."""
    return score(network, tokenizer, asked(wanted))


def largest_difference(network: Any, tokenizer: Any, wanted: Set) -> float:
    """Nats by which the forest and single rows differ for a continuation at most."""
    ask = asked(wanted)
    encoded = encoding.encode(prompts.requests(ask.items, ask.prompt, ask.form, ask.shots), tokenizer, 2048)
    packed, single = (likelihoods(network, encoded, method=method) for method in ("forest", "rows"))
    return float(np.abs(packed.nats - single.nats).max())
