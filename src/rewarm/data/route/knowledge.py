"""What is known of the domain before documents are routed: its terms, and a classifier against the rest.

Both come from good training documents, drawn by a keyed hash of their ids, and are written to the step's
folder once, so that workers and a resumed step read the same.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from rewarm.classify import classifier, domain
from rewarm.classify.classifier import Classifier
from rewarm.corpus.tables.split import training_rows
from rewarm.engine.publish import writing
from rewarm.engine.work import Work
from rewarm.text.domain_terms import mine
from rewarm.text.readability import readable_share

# Terms of more documents are hardly others.
_MINED = 2000
_TERMS, _CLASSIFIER = "_terms.json", "_domain.safetensors"


@dataclass(frozen=True)
class Knowledge:
    """terms: of the domain; classifier: None where a side has too few documents."""

    terms: frozenset[str]
    classifier: Classifier | None

    @classmethod
    def of(
        cls, inside: Sequence[tuple[str, str]], outside: Sequence[tuple[str, str]], seed: int
    ) -> "Knowledge":
        """Learn it from (document id, text) of the domain and of everything else."""
        terms = mine((text for _, text in inside), (text for _, text in outside)).terms
        return cls(frozenset(terms), domain.of_domain(inside, outside, seed))

    def scores(self, documents: Sequence[str]) -> list[float | None]:
        """The probability of each text that it belongs to the domain; None without a classifier."""
        if self.classifier is None:
            return [None] * len(documents)
        return [float(score) for score in domain.domain_scores(self.classifier, documents)]


def prepare(work: Work, given: Path, names: list[str]) -> None:
    """Write what `read` reads."""
    if (work.folder / _TERMS).exists():
        return
    seed = work.config["seed"]
    few: dict[bool, list[tuple[str, str, str]]] = {True: [], False: []}
    for name in names:
        for row in training_rows(given / name, work.table("split") / name, ["id", "source", "text"]):
            part = few[row["source"] in work.config["domain"]]
            part.append((_key(row["id"], seed), row["id"], row["text"]))
            if len(part) > 4 * _MINED:
                part.sort()
                del part[2 * _MINED :]
    good = work.config["route"]["good"]
    inside, outside = ([*_good(sorted(few[domain]), good)] for domain in (True, False))
    known = Knowledge.of(inside, outside, seed)
    if known.classifier is not None:
        known.classifier.save(work.folder / _CLASSIFIER)
    with writing(work.folder / _TERMS) as aside:
        aside.write_text(json.dumps(sorted(known.terms)), encoding="utf-8")


def read(folder: Path) -> Knowledge:
    """What `prepare` wrote. folder: the step's."""
    terms = frozenset(json.loads((folder / _TERMS).read_text(encoding="utf-8")))
    path = folder / _CLASSIFIER
    return Knowledge(terms, classifier.load(path) if path.exists() else None)


def _good(rows: list[tuple[str, str, str]], least: float) -> Iterator[tuple[str, str]]:
    clean = ((identity, text) for _, identity, text in rows if readable_share(text) >= least)
    return (row for row, _ in zip(clean, range(_MINED), strict=False))


def _key(identity: str, seed: int) -> str:
    return blake2b(f"route\0{seed}\0{identity}".encode(), digest_size=8).hexdigest()
