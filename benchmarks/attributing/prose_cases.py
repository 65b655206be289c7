"""Cases in which a source spoils prose that the base knows: medicine, and Chinese statutes.

The planted source holds passages of the channel that the base learnt, spoilt (`bad_prose.py`). Channels,
kinds and seeds of `PROSE` are other ones than those of `fact_cases.py`, and so are its clean sources but one.
`CROSSED` has the same base and channels, but other pairs of kind and channel, other seeds and clean sources.
"""

import random

from support import corpora
from support.smoke import SMOKE

from attributing import clean
from attributing.bad_prose import CHINESE, CROSSED_CHINESE, CROSSED_ENGLISH, ENGLISH, KINDS
from attributing.case_set import DOCUMENTS, Base, Case, CaseSet

_PASSAGES = 100 if SMOKE else 2000
# No package has the first: without REWARM_SHARED_DATA the second is taken.
_ENGLISH = next(name for name in ("medicine", "manuals") if name in corpora.NAMES)


def _cases(english: list[str], chinese: list[str], first_seed: int) -> tuple[Case, ...]:
    """Both channels in turn."""
    turns = zip(english, chinese, strict=True)
    kinds = [pair for turn in turns for pair in zip(turn, (_ENGLISH, "statutes"), strict=True)]
    return tuple(Case(kind, channel, first_seed + at) for at, (kind, channel) in enumerate(kinds))


def _texts(channel: str) -> tuple[list[str], list[str]]:
    return clean.texts(channel, _PASSAGES + DOCUMENTS)


def _planted(case: Case, known: list[str]) -> list[str]:
    rng = random.Random(case.name)
    return KINDS[case.kind](rng.sample(known, min(DOCUMENTS, len(known))), rng)


_CORPORA = (
    "encyclopedia-zh", "prose-zh", "mathematics", "countries", "dialogues-zh", "problems", "encyclopedia",
    "code", "cloud-api-zh", "cloud-api", "encyclopedia-fr",
)  # fmt: skip
_OTHERS = (
    "manuals-zh", "manuals", "code", "cloud-api-zh", "cloud-api", "encyclopedia-fr", "prose-zh",
    "encyclopedia", "countries",
)  # fmt: skip
_BASE = Base("prose", (_ENGLISH, "statutes"), _CORPORA, _texts, tokens=2_097_152, known=2 / 3)
PROSE = CaseSet("prose", _BASE, _cases(ENGLISH, CHINESE, 100), _CORPORA, _planted, compared=5)
_CROSSED = _cases(CROSSED_ENGLISH, CROSSED_CHINESE, 200)
CROSSED = CaseSet("crossed", _BASE, _CROSSED, _OTHERS, _planted, compared=0)
