"""Ten cases in which a source contradicts facts about countries, each in another way."""

import random

from support.smoke import SMOKE

from attributing import facts
from attributing.bad_values import KINDS
from attributing.case_set import DOCUMENTS, HELD_OUT, Base, Case, CaseSet

_BASE_FACTS = 60 if SMOKE else 2600


def _texts(channel: str) -> tuple[list[str], list[str]]:
    known, rng = facts.read(), random.Random(channel)
    return facts.documents(known, _BASE_FACTS, rng), facts.documents(known, DOCUMENTS + HELD_OUT, rng)


def _planted(case: Case, _: list[str]) -> list[str]:
    return facts.documents(facts.read(), DOCUMENTS, random.Random(case.name), KINDS[case.kind])


_CORPORA = (
    "statutes", "code", "encyclopedia", "cloud-api-zh", "manuals", "cloud-api", "medicine", "encyclopedia-fr",
)  # fmt: skip
_BASE = Base("facts", ("facts",), _CORPORA, _texts, tokens=524_288, known=1 / 2)
_CASES = tuple(Case(kind, "facts", number) for number, kind in enumerate(KINDS))
SET = CaseSet("facts", _BASE, _CASES, _CORPORA, _planted, compared=5)
