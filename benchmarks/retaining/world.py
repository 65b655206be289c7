"""The texts of the benchmark of forgetting, and its recipes.

Of every document one passage is used, so that a small budget has many documents of each kind. Documents of
the replayed corpora are divided: even ones are replay and held out, odd ones are the plain text on which the
base is trained first, so no held-out passage shares a document with any training.
"""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from support import corpora, small_model
from support.passages import passage
from support.smoke import SMOKE

from rewarm.train import rates

DOMAINS = ("statutes", "cloud-api", "medicine")
REPLAY = ("manuals", "countries", "prose-zh")
NEVER = ("code", "mathematics", "encyclopedia-zh", "dialogues-zh")
# For machines without the shared folder, whose corpora no package has.
_INSTEAD = {"mathematics": "encyclopedia-fr", "encyclopedia-zh": "cloud-api-zh"}
SEQ_LEN, BATCH_TOKENS, PASSAGE_BYTES = 512, 1024, 1800
# What `auto` takes for SmolLM2's 135 million weights.
AUTO_RATE = rates.peak_rate(134_515_008, "strong", BATCH_TOKENS)[0]
# Passages of a corpus.
_DOCUMENTS = 60 if SMOKE else 600


@dataclass(frozen=True)
class Size:
    """domain_tokens: of every training; held_out: documents of a channel; document_tokens: of each, the first
    that are scored; plain_tokens: of one round of plain text, of at most `rounds`; lean: without the steps
    that look for copies and repeated passages, which take longer than a small model's training."""

    domain_tokens: int = 16_384
    held_out: int = 16
    document_tokens: int = 256
    plain_tokens: int = 16_384
    rounds: int = 4
    lean: bool = False


FULL = Size(domain_tokens=61_440, held_out=48, document_tokens=512, plain_tokens=32_768, rounds=6)
TINY = Size(domain_tokens=4096, held_out=8, document_tokens=128, plain_tokens=4096, rounds=1, lean=True)
SMALL = Size(24_576, held_out=24, document_tokens=128, plain_tokens=196_608, rounds=2, lean=True)


def available(names: Iterable[str]) -> list[str]:
    """The corpora of these that can be read here, or those that stand in for them."""
    found = [name if name in corpora.NAMES else _INSTEAD.get(name, "") for name in names]
    return [name for name in dict.fromkeys(found) if name in corpora.NAMES]


def write_texts(folder: Path) -> None:
    """`NAME.jsonl` for every corpus, and `plain-NAME.jsonl` for the replayed ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in available((*DOMAINS, *REPLAY, *NEVER)):
        if (folder / f"{name}.jsonl").exists():
            continue
        rng = random.Random(name)
        texts = islice(corpora.texts(name), 2 * _DOCUMENTS)
        passages = [passage(text, PASSAGE_BYTES, rng) for text in texts if len(text.encode()) >= 200]
        divided = name in available(REPLAY)
        _write(folder / f"{name}.jsonl", passages[::2] if divided else passages[:_DOCUMENTS])
        if divided:
            _write(folder / f"plain-{name}.jsonl", passages[1::2])


def write_small_model(folder: Path, texts: Path, *, width: int, layers: int, vocabulary: int) -> None:
    """A Llama with random weights and a tokenizer for the texts of all channels; kept where it is there."""
    if (folder / "config.json").exists():
        return
    sample = (
        json.loads(line)["text"]
        for path in sorted(texts.glob("*.jsonl"))
        for line in islice(path.open(encoding="utf-8"), 100)
    )
    small_model.build(
        folder, sample, vocabulary=vocabulary, seq_len=SEQ_LEN, hidden_size=width,
        intermediate_size=2 * width, num_hidden_layers=layers, num_attention_heads=4,
    )  # fmt: skip


def plain_recipe(
    texts: Path, model: str, size: Size, name: str, rate: float | None, seed: int
) -> dict[str, Any]:
    """One round of plain text before the comparison; held-out text of what is replayed later is measured."""
    replay = available(REPLAY)
    sources = [_source(texts, f"plain-{one}", "domain", one) for one in replay]
    sources += [_source(texts, one, "general") for one in replay]
    mix = {f"plain-{one}": 1 / len(replay) for one in replay}
    return {
        **_common(name, model, size, seed),
        "sources": sources,
        "stages": [_stage(size.plain_tokens, mix, rate)],
    }


def domain_recipe(
    texts: Path, model: str, size: Size, domain: str, rate: float | None, seed: int
) -> dict[str, Any]:
    """The compared trainings of one domain, all with the same number of domain tokens and one schedule.

    naive: no replay; default: a quarter of the tokens is replay, as `rewarm init` writes; even: a half; fast:
    no replay at three times the rate, to be merged back.
    """
    replay = available(REPLAY)
    kept = [one for one in available(NEVER) if one != domain]
    sources = [
        _source(texts, domain, "domain"),
        *(_source(texts, one, "general") for one in (*replay, *kept)),
    ]

    def stage(share: float, factor: float = 1) -> list[dict[str, Any]]:
        mix = {domain: 1 - share, **{one: share / len(replay) for one in replay if share}}
        tokens = round(size.domain_tokens / (1 - share))
        return [_stage(tokens, mix, factor * (rate or AUTO_RATE) if factor != 1 else rate)]

    variants = {
        "naive": {"stages": stage(0)},
        "default": {"stages": stage(0.25)},
        "even": {"stages": stage(0.5)},
        "fast": {"stages": stage(0, 3)},
    }
    common = _common(domain, model, size, seed)
    return {**common, "sources": sources, "stages": stage(0), "variants": variants}


def _common(name: str, model: str, size: Size, seed: int) -> dict[str, Any]:
    return {
        "name": name,
        "model": model,
        "seed": seed,
        "redact": {"enabled": False},  # public texts
        "holdout": {"min_documents": size.held_out, "max_documents": size.held_out},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": BATCH_TOKENS},
        "evaluate": {"document_tokens": size.document_tokens},
        **({"dedupe": {"near": {"enabled": False}}, "trim": {"enabled": False}} if size.lean else {}),
    }


def _stage(tokens: int, mix: dict[str, float], rate: float | None) -> dict[str, Any]:
    schedule = {} if rate is None else {"peak": rate}
    return {"name": "adapt", "tokens": tokens, "mix": mix, "schedule": schedule}


def _source(texts: Path, name: str, task: str, corpus: str | None = None) -> dict[str, Any]:
    labels = {"language": corpora.NAMES[corpus or name].language, "task": task}
    return {"name": name, "path": str(texts / f"{name}.jsonl"), "labels": labels}


def _write(path: Path, passages: list[str]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for text in passages:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
