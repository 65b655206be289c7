"""The training documents whose gradients are computed: the lexically nearest, and a sample of each source."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rewarm.corpus.tables import ids, token_table
from rewarm.corpus.tables.token_table import Tokens
from rewarm.diagnose.attribution.gradients import Passage
from rewarm.diagnose.attribution.queries import Query
from rewarm.runs.run import Run

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Tokens of a document or query: gradients of longer ones cost more and say little else.
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Candidates:
    """documents: IDs; sampled: bool [documents], drawn at random, not for their text; passages: of each."""

    documents: list[str]
    sampled: np.ndarray
    passages: list[Passage]


def choose(run: Run, source_of: Mapping[str, str], near: Iterable[str], most: int, seed: int) -> Candidates:
    """At most `most` documents: half for the sources in equal parts, the rest for the nearest, then for more
    of each source.

    source_of: trained document → its source; near: documents, nearest first.
    """
    by_source: dict[str, list[str]] = {}
    for document, source in sorted(source_of.items()):
        by_source.setdefault(source, []).append(document)
    nearest = list(dict.fromkeys(near))[: most // 2]
    each = max(1, (most - len(nearest)) // max(1, len(by_source)))
    rng = random.Random(seed)
    drawn = {one for own in by_source.values() for one in rng.sample(own, min(each, len(own)))}
    documents = list(dict.fromkeys([*sorted(drawn), *nearest]))
    folder = run.steps["tokenize"].path / "tokens"
    rows = token_table.rows_of(folder, ids.of_digits(documents))
    tokens = Tokens(folder)
    passages = [Passage(tokens[int(row)][:_LONGEST], tokens.weights(int(row))[:_LONGEST]) for row in rows]
    return Candidates(documents, np.array([one in drawn for one in documents]), passages)


def of_query(query: Query, tokenizer: "PreTrainedTokenizerBase") -> Passage:
    """A query's tokens, behind the token that begins a text; of an item only the answer carries loss."""
    begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    own = tokenizer(query.text, add_special_tokens=False)["input_ids"]
    before = len(query.text) - len(query.answer) if query.answer else 0
    skipped = len(tokenizer(query.text[:before], add_special_tokens=False)["input_ids"]) if before else 0
    weights = np.ones(len(own) + 1, np.float32)
    weights[: min(skipped, len(own) - 1) + 1] = 0
    tokens = np.array([begin or 0, *own], np.int64)
    # A long item keeps its end, which has the answer; a text its beginning.
    kept = slice(-_LONGEST, None) if query.answer else slice(_LONGEST)
    return Passage(tokens[kept], weights[kept])
