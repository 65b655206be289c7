"""Ten cases in which a source spoils prose that the base knows: medicine, and Chinese statutes.

The planted source holds passages of the channel that the base learnt, spoilt (`bad_prose.py`). Channels,
clean sources, kinds and seeds are other ones than those of `fact_cases.py`, on which the order of sources in
`rewarm attribute --gradient` was chosen.
"""

import random

from support import corpora
from support.smoke import SMOKE

from attributing import clean
from attributing.bad_prose import CHINESE, ENGLISH, KINDS
from attributing.case_set import DOCUMENTS, Case, CaseSet

_PASSAGES = 100 if SMOKE else 2000
_FIRST_SEED = 100
# No package has the first: without REWARM_SHARED_DATA the second is taken.
_ENGLISH = next(name for name in ("medicine", "manuals") if name in corpora.NAMES)


def _cases() -> tuple[Case, ...]:
    """Both channels in turn."""
    turns = zip(ENGLISH, CHINESE, strict=True)
    kinds = [pair for turn in turns for pair in zip(turn, (_ENGLISH, "statutes"), strict=True)]
    return tuple(Case(kind, channel, _FIRST_SEED + at) for at, (kind, channel) in enumerate(kinds))


def _texts(channel: str) -> tuple[list[str], list[str]]:
    return clean.texts(channel, _PASSAGES + DOCUMENTS)


def _planted(case: Case, known: list[str]) -> list[str]:
    rng = random.Random(case.name)
    return KINDS[case.kind](rng.sample(known, min(DOCUMENTS, len(known))), rng)


SET = CaseSet(
    "prose",
    _cases(),
    (
        "encyclopedia-zh", "prose-zh", "mathematics", "countries", "dialogues-zh", "problems", "encyclopedia",
        "code", "cloud-api-zh", "cloud-api", "encyclopedia-fr",
    ),
    _texts,
    _planted,
    base_tokens=2_097_152,
    known=2 / 3,
)  # fmt: skip
