"""The reforms of a task, made before any model is loaded, so that both models answer the same items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.errors import RewarmError
from rewarm.evaluate.reform import (
    more_options,
    none_of_others,
    option_names,
    order,
    paraphrase,
    retrieval,
    to_multiple,
)
from rewarm.evaluate.reform.variant import Reform, Variant
from rewarm.evaluate.score.task_scores import Asked
from rewarm.llm.client import Client

# As hard as the original for whoever knows the answer: the overall judgement rests on these.
SAME_FORM = ("shuffled_order", "cyclic_order", "paraphrase")
OTHER_FORM = (
    "digits",
    "chinese_numerals",
    "none_of_others",
    "none_of_others_control",
    "more_options",
    "multiple_select",
    "retrieval",
    "retrieval_likelihood",
)
NAMES = (*SAME_FORM, *OTHER_FORM)
# Generation costs more than all likelihoods together; the cyclic orders repeat what shuffles show.
DEFAULT = tuple(name for name in NAMES if name not in ("cyclic_order", "paraphrase", "retrieval"))
_LISTED = frozenset(NAMES) - {"paraphrase", "retrieval", "retrieval_likelihood"}
_SHUFFLES = 3
_EXTRA = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """original: the task as it stands; reforms: in the order of `NAMES`."""

    original: Variant
    reforms: tuple[Reform, ...]


def plan(
    asked: Asked, names: Sequence[str] = DEFAULT, *, seed: int = 0, client: Client | None = None
) -> Plan:
    """The task and its reforms.

    names: of `NAMES`; seed: of orders and borrowed options, each reform with its own stream; client: for
    `paraphrase`. Raises RewarmError for an unknown name, and for `paraphrase` without a client.
    """
    for name in names:
        if name not in NAMES:
            raise RewarmError(f"reform: {name!r} is not one of {', '.join(NAMES)}")
    if "paraphrase" in names and client is None:
        raise RewarmError("reform: 'paraphrase' needs a language model; set `llm` or leave it out")
    wanted = [name for name in NAMES if name in names]
    found = [
        _reform(asked, name, np.random.default_rng([seed, NAMES.index(name)]), client) for name in wanted
    ]
    return Plan(Variant(asked, tuple(range(len(asked.items)))), tuple(found))


def _reform(asked: Asked, name: str, rng: np.random.Generator, client: Client | None) -> Reform:
    if name in _LISTED and asked.form != "letters":
        reason = "a cloze prompt does not list the options; ask the task in letters form"
        return Reform(name, (), reason, len(asked.items))
    match name:
        case "digits" | "chinese_numerals":
            return option_names.renamed(asked, name)
        case "cyclic_order":
            return order.cyclic(asked)
        case "shuffled_order":
            return order.shuffled(asked, _SHUFFLES, rng)
        case "none_of_others":
            return none_of_others.gold_replaced(asked, rng)
        case "none_of_others_control":
            return none_of_others.distractor_replaced(asked, rng)
        case "more_options":
            return more_options.enlarged(asked, _EXTRA, rng)
        case "multiple_select":
            return to_multiple.as_multiple(asked)
        case "paraphrase":
            assert client is not None
            return paraphrase.paraphrased(asked, client)
        case "retrieval":
            return retrieval.retrieval(asked, "generation", rng)
        case _:
            return retrieval.retrieval(asked, "likelihood", rng)
