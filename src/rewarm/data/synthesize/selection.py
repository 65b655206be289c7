"""Which documents the teacher is asked about, what is known before it is asked: terms and held-out grams."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from rewarm.classify.classifier import Classifier, load
from rewarm.classify.domain import of_domain
from rewarm.corpus.benchmarks.items import read
from rewarm.corpus.tables.split import training_rows
from rewarm.data.synthesize.benchmark_passages import Questions, questions
from rewarm.data.synthesize.passages import Origin, cut, drawn, heldout_grams, share_in
from rewarm.engine.publish import writing
from rewarm.engine.work import Work
from rewarm.text.domain_terms import DomainTerms, mine

# Terms of more documents are hardly others.
_MINED = 2000
_HELDOUT, _TERMS, _LIMITS, _DOMAIN = "_heldout.npy", "_terms.json", "_limits.json", "_domain.safetensors"


def prepare(work: Work, given: Path, splits: Path, names: list[str]) -> None:
    """Write the domain's terms, its classifier and the held-out grams, once, to the step's folder."""
    if not (work.folder / _HELDOUT).exists():
        with writing(work.folder / _HELDOUT) as aside, aside.open("wb") as file:
            np.save(file, heldout_grams(given, splits))
    if work.config["synthesize"]["documents"] is not None and not (work.folder / _LIMITS).exists():
        with writing(work.folder / _LIMITS) as aside:
            aside.write_text(json.dumps(_limits(work, given, splits, names)))
    if not (work.folder / _TERMS).exists():
        wanted = set(work.config["sources"])
        inside: list[tuple[int, str, str]] = []
        outside: list[tuple[int, str, str]] = []
        for name in names:
            for row in training_rows(given / name, splits / name):
                key = drawn(row["id"], work.config["seed"])
                (inside if row["source"] in wanted else outside).append((key, row["id"], row["text"]))
                for part in (inside, outside):
                    if len(part) > 2 * _MINED:
                        part.sort(key=lambda item: item[0])
                        del part[_MINED:]
        few = [[row[1:] for row in sorted(part)[:_MINED]] for part in (inside, outside)]
        if work.tables.get("routed") and (trained := of_domain(few[0], few[1], work.config["seed"])):
            trained.save(work.folder / _DOMAIN)
        found = mine((text for _, text in few[0]), (text for _, text in few[1]))
        with writing(work.folder / _TERMS) as aside:
            told = {"terms": found.terms, "roles": found.roles, "tasks": found.tasks}
            aside.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _limits(work: Work, given: Path, splits: Path, names: list[str]) -> dict[str, int]:
    """Source → the largest key (`drawn`) of a document that is sent."""
    most, seed = work.config["synthesize"]["documents"], work.config["seed"]
    keys: dict[str, list[int]] = {}
    for name in names:
        for row in training_rows(given / name, splits / name):
            keys.setdefault(row["source"], []).append(drawn(row["id"], seed))
    return {source: sorted(found)[:most][-1] for source, found in keys.items()}


def origins(
    given: Path,
    splits: Path,
    name: str,
    work: Work,
    held: np.ndarray,
    counts: Counter[str],
    *,
    rewritten: bool,
) -> Iterator[Origin]:
    config, seed = work.config["synthesize"], work.config["seed"]
    wanted = set(work.config["sources"])
    asked = benchmark_questions(work)
    rows = [row for row in training_rows(given / name, splits / name) if row["source"] in wanted]
    if config["documents"] is not None and not rewritten:
        limits = json.loads((work.folder / _LIMITS).read_text())
        rows = [row for row in rows if drawn(row["id"], seed) <= limits[row["source"]]]
    for row in rows:
        passages = []
        counts["asked_about"] += 1
        for passage in cut(row["id"], row["text"], config["passage_chars"], config["min_chars"]):
            if share_in(passage.text, held) >= config["heldout_share"]:
                counts["passages_held_out"] += 1
            elif asked.held(passage.text) >= config["benchmark_share"]:
                counts["passages_benchmark"] += 1
            else:
                passages.append(passage)
        counts["passages"] += len(passages)
        if passages:
            yield Origin(row, passages, rewritten)


def benchmark_questions(work: Work) -> Questions:
    """The questions of `decontaminate.benchmarks`; read once a process."""
    named = work.config["synthesize"].get("benchmarks", [])
    files = work.config.get("benchmark_files", [])
    return _questions(json.dumps([named, files]))


@lru_cache(maxsize=1)
def _questions(told: str) -> Questions:
    found = [read(one, paths) for one, paths in zip(*json.loads(told), strict=True)]
    return questions(item.question for items in found for item in items)


def terms_of(work: Work) -> DomainTerms:
    """What `prepare` mined."""
    return DomainTerms(**json.loads((work.folder / _TERMS).read_text(encoding="utf-8")))


def domain_of(work: Work) -> Classifier | None:
    """The classifier of the domain, where documents are rewritten and `prepare` could train one."""
    path = work.folder / _DOMAIN
    return load(path) if path.exists() else None


def heldout_of(work: Work) -> np.ndarray:
    """What `prepare` found in held-out documents."""
    found: np.ndarray = np.load(work.folder / _HELDOUT)
    return found
