"""The causes: the recipe of each run, and the findings that it should and may give.

A clean run trains on a new domain with 50 % of text as in the base's own mix. Every other cause is one change
of a clean run. Repair and deduplication are off, since they would remove several of the causes.
"""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.smoke import SMOKE

from diagnosing import texts
from diagnosing.bases import Base
from diagnosing.texts import Half

SEQ_LEN = 128
UPDATES = 36 if SMOKE else 96
DOCUMENTS, HELD_OUT = (60, 8) if SMOKE else (260, 16)
PAGE = 80  # characters of the page whose loss goes to zero
DOMAIN, GENERAL, KEPT, ALL = "source domain", "source general", "source kept", "all"


@dataclass(frozen=True)
class Cause:
    """expected: findings of which one alternative must be there as a whole; accepted: that may be there too.
    Every other warning or error is false, and so is what is in `wrong`; but a report that general text is
    forgotten is true wherever fresh documents confirm it (`fresh.py`). Findings are (rule, channel)."""

    says: str
    expected: tuple[frozenset[tuple[str, str]], ...]
    accepted: frozenset[tuple[str, str]] = frozenset()
    wrong: frozenset[tuple[str, str]] = frozenset()


def _cause(
    says: str, *expected: str, of: str = DOMAIN, accepted: str = "", wrong: str = "", more: str = "",
) -> Cause:  # fmt: skip
    """expected: alternatives, rules of one channel joined by spaces; accepted, wrong: rules of that channel;
    more: rules accepted of every channel."""
    every = {(rule, channel) for rule in more.split() for channel in (DOMAIN, GENERAL, KEPT, ALL)}
    return Cause(
        says,
        tuple(frozenset((rule, of) for rule in one.split()) for one in expected),
        frozenset((rule, of) for rule in accepted.split()) | every,
        frozenset((rule, of) for rule in wrong.split()),
    )


CAUSES = {
    "clean": Cause("a new domain, general text as in the base's mix", (frozenset(),)),
    "repeated": _cause(
        "30 passages of the domain, 9 copies of each", "repeated",
        accepted="memorising collapsed saturated falls-fast initial-low",
    ),
    "templated": _cause(
        "a line of the domain in a frame that all documents share", "templated",
        accepted="memorising collapsed saturated falls-fast initial-low",
    ),
    "garbled": _cause("the domain decoded wrongly", "garbled", accepted="falls-fast domain-flat"),
    # Few passages, some 7 passes: those of the training text are learnt again, the held-out ones fade.
    "known": _cause(
        "passages that the base has read some 40 times", "initial-low", accepted="domain-flat memorising",
        wrong="initial-high", more="general-falls",
    ),
    "hard": _cause(
        "digests: a form that the base knows, without a pattern", "domain-flat initial-high",
        wrong="initial-low",
    ),
    "base's mix": _cause(
        "the domain is text as in the base's mix", "domain-flat", wrong="initial-low initial-high"
    ),
    "wrong mix": _cause(
        "general text of a kind that the base's mix lacks", "general-falls", of=GENERAL,
        accepted="falls-fast initial-high",
    ),
    "json": _cause(
        "general text as strict JSON", "falls-fast", of=GENERAL,
        accepted="general-falls templated repeated",
    ),
    "instructions": _cause(
        "general text as conversations of an assistant", "falls-fast", of=GENERAL,
        accepted="general-falls templated repeated",
    ),
    "rate x 30": Cause(
        "30 times the learning rate",
        tuple(frozenset({(rule, ALL)}) for rule in ("rate-high", "rate-lowered", "oscillating")),
        frozenset({("rising", DOMAIN), ("rising", GENERAL), ("rising", KEPT), ("domain-flat", DOMAIN)}),
    ),
    "loss to zero": _cause(
        "every document is the same short page with another number, without the guard", "collapsed",
        accepted="memorising templated repeated falls-fast",
    ),
    "frozen model": _cause("no weight trains", "nothing-trains", of=ALL, more="domain-flat"),
    "frozen embeddings": _cause(
        "embedding and head do not train", "embeddings-frozen", accepted="domain-flat initial-high"
    ),
    "over-epoched": _cause(
        "5 passages of the domain, some 40 passes", "memorising", accepted="saturated collapsed"
    ),
    "stability gap": Cause(
        "1.5 times the learning rate, decayed to zero, 70 % of general text",
        (frozenset({("stability-gap", GENERAL)}), frozenset({("stability-gap", KEPT)})),
    ),
}  # fmt: skip


def write(folder: Path, base: Base, model: str, cause: str, half: Half, seed: int) -> Path:
    """The texts and the recipe of one run, in `folder`. model: of `base`, as a recipe names it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"{cause} {seed}")
    written = {
        "domain": _domain(cause, half, rng),
        "general": _general(cause, half, rng),
        "kept": texts.passages(half.general[1], DOCUMENTS // 2, rng),
    }
    for name, own in written.items():
        lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in own)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    recipe: dict[str, Any] = {
        "name": "run",
        "model": model,
        "seed": seed,
        "sources": [_source(name) for name in written],
        "holdout": {"min_documents": HELD_OUT, "max_documents": HELD_OUT},
        "redact": {"enabled": False},
        "clean": {"repair_unicode": False},
        "dedupe": {"exact": False, "near": {"enabled": False}},
        "trim": {"enabled": False},
        "pack": {"seq_len": SEQ_LEN},
        "stages": [_stage(cause, base)],
        "train": {"batch_tokens": base.batch_tokens, "micro_batch": base.batch_tokens // SEQ_LEN,
                  "precision": base.precision, "device": "cpu", "checkpoint_updates": 10_000,
                  "freeze": _freeze(cause)},
        "forgetting": {"every": UPDATES // 8, "documents": 12},
        "evaluate": {"document_tokens": SEQ_LEN, "bootstrap": 100},
    }  # fmt: skip
    if cause == "loss to zero":
        recipe["guard"] = {"enabled": False}
        recipe["dedupe"]["heldout_overlap"] = 1
        recipe["decontaminate"] = {"heldout_share": 1}
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe, indent=1))  # JSON is YAML
    return path


def replay(cause: str, half: Half) -> dict[str, str]:
    """The corpora of the base's mix that a run replays as they are, by channel. A clean run has no report of
    them that is true."""
    if cause == "clean":
        return {}
    changed = cause in ("wrong mix", "json", "instructions")
    return {KEPT: half.general[1], **({} if changed else {GENERAL: half.general[0]})}


def _domain(cause: str, half: Half, rng: random.Random) -> Iterable[str]:
    few = {"repeated": 30, "over-epoched": 10}.get(cause)
    own = half.same if cause == "base's mix" else half.domain
    read = texts.passages(own, few or DOCUMENTS, rng)
    match cause:
        case "known":
            return texts.known(half)
        case "hard":
            return texts.checksums(half.checksum, DOCUMENTS, rng)
        case "garbled":
            return texts.garbled(read, half.garble, rng)
        case "templated":
            return texts.templated(read, rng)
        case "loss to zero":
            return [f"{number}\n{read[0][:PAGE]}" for number in range(2 * DOCUMENTS)]
        case "repeated":
            return texts.repeated(read, DOCUMENTS)
    return read


def _general(cause: str, half: Half, rng: random.Random) -> Iterable[str]:
    read = texts.passages(half.new if cause == "wrong mix" else half.general[0], DOCUMENTS // 2, rng)
    if cause == "json":
        return texts.records(read, half.records, rng)
    if cause == "instructions":
        return texts.instructions(read, half.records)
    return read


def _stage(cause: str, base: Base) -> dict[str, Any]:
    # At 1e-12 no weight of 32 bits changes; `train.freeze` of everything is refused before training.
    factor = {"rate x 30": 30, "stability gap": 1.5, "frozen model": 1e-9}.get(cause, 1)
    gap = cause == "stability gap"
    share = 0.3 if gap else 0.5
    return {
        "name": "adapt", "tokens": UPDATES * base.batch_tokens, "max_epochs": 1000,
        "mix": {"domain": share, "general": 0.6 * (1 - share), "kept": 0.4 * (1 - share)},
        "schedule": {"peak": factor * base.rate, "warmup": 0.05, **({"final": 0} if gap else {})},
    }  # fmt: skip


def _freeze(cause: str) -> list[str]:
    return ["*embed_tokens*"] if cause == "frozen embeddings" else []


def _source(name: str) -> dict[str, Any]:
    labels = {"task": "domain" if name == "domain" else "general"}
    return {"name": name, "path": f"{name}.jsonl", "labels": labels, "rules": "none"}
