"""The texts, the base and the recipes of the benchmark of attribution.

The base learns facts (`facts.py`) and text of every corpus. Each case then continues its training on a clean
list of these facts, on clean text of other corpora, and on one planted source that gives bad values for the
facts, all in equal shares. Held-out lists of facts are the channel whose loss rises. Variants without one
source, whose tokens go to the others, show what each source did to that channel.
"""

import json
import random
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from support import corpora, small_model
from support.passages import passage
from support.smoke import SMOKE

from attributing import facts
from attributing.corruptions import KINDS

CHANNEL, PLANTED = "facts", "planted"
# Sources of clean text, as far as they can be read here.
_CLEAN = ("statutes", "code", "encyclopedia", "cloud-api-zh", "manuals", "cloud-api", "medicine",
          "encyclopedia-fr")  # fmt: skip
_SOURCES = 4 if SMOKE else 9
SEQ_LEN, BATCH_TOKENS, _PASSAGE_BYTES = 256, 1024, 300
_BASE_RATE, _RATE = 4e-3, 1e-3
_SHAPE = (
    {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    if SMOKE
    else {"hidden_size": 96, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 4}
)
_VOCABULARY = 512 if SMOKE else 1024
_BASE_TOKENS = 16_384 if SMOKE else 524_288
_TOKENS = 4_096 if SMOKE else 24_576
# Cases that are also trained without other sources than the planted one.
_COMPARED = 0 if SMOKE else 5
_HELD_OUT = 8 if SMOKE else 32
_DOCUMENTS, _BASE_DOCUMENTS, _BASE_FACTS = (30, 30, 60) if SMOKE else (120, 500, 2600)


@dataclass(frozen=True, slots=True)
class Case:
    """kind: of the planted source; seed: of its training."""

    kind: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}"


def cases() -> list[Case]:
    """One of each kind."""
    return [Case(kind, number) for number, kind in enumerate(KINDS)]


def sources() -> list[str]:
    """What a case trains on, the planted source first."""
    clean = [name for name in _CLEAN if name in corpora.NAMES]
    return [PLANTED, CHANNEL, *clean[: _SOURCES - 2]]


def left_out(case: Case, every: bool) -> list[str]:
    """Sources without which a case is trained again: all, or the planted one, in the first cases also two
    others in turn."""
    if every:
        return sources()
    clean = sources()[2:]
    others = [clean[(2 * case.seed + at) % len(clean)] for at in range(2)] if case.seed < _COMPARED else []
    return [PLANTED, *others]


def write_texts(folder: Path) -> None:
    """`base-NAME.jsonl` and `NAME.jsonl` of the clean sources, with different documents."""
    folder.mkdir(parents=True, exist_ok=True)
    known = facts.read()
    for name in sources()[1:]:
        if (folder / f"{name}.jsonl").exists():
            continue
        rng = random.Random(name)
        if name == CHANNEL:
            _write(folder / f"base-{name}.jsonl", facts.documents(known, _BASE_FACTS, rng))
            _write(folder / f"{name}.jsonl", facts.documents(known, _DOCUMENTS + _HELD_OUT, rng))
            continue
        long = (text for text in corpora.texts(name) if len(text.encode()) >= 200)
        whole = list(islice(long, _DOCUMENTS + _BASE_DOCUMENTS))
        each = max(1, -(-(_DOCUMENTS + _BASE_DOCUMENTS) // len(whole)))
        for part, texts in (("", whole[::5]), ("base-", [one for at, one in enumerate(whole) if at % 5])):
            drawn = (passage(text, _PASSAGE_BYTES, rng) for text in texts for _ in range(each))
            _write(folder / f"{part}{name}.jsonl", list(dict.fromkeys(drawn)))


def write_untrained(folder: Path, texts: Path) -> None:
    """A Llama with random weights and a tokenizer for all sources; kept where it is there."""
    if (folder / "config.json").exists():
        return
    sample = (text for path in sorted(texts.glob("base-*.jsonl")) for text in _read(path)[:200])
    small_model.build(folder, sample, vocabulary=_VOCABULARY, seq_len=SEQ_LEN, **_SHAPE)


def base_recipe(texts: Path, model: Path) -> dict[str, Any]:
    """The training of the base: half facts, half text of the clean sources."""
    clean = sources()[2:]
    mix = {f"base-{CHANNEL}": 0.5, **{f"base-{name}": 0.5 / len(clean) for name in clean}}
    listed = [_source(texts / f"base-{name}.jsonl", f"base-{name}", name) for name in sources()[1:]]
    recipe = {**_common("base", str(model), 0), "sources": listed}
    return {**recipe, "stages": [_stage(_BASE_TOKENS, mix, _BASE_RATE)]}


def case_recipe(texts: Path, model: str, case: Case, left_out: list[str]) -> dict[str, Any]:
    """The training of a case, and variants that leave out one source each."""
    planted = texts / f"{PLANTED}-{case.name}.jsonl"
    rng = random.Random(case.name)
    _write(planted, facts.documents(facts.read(), _DOCUMENTS, rng, KINDS[case.kind]))
    names = sources()
    listed = [_source(planted, PLANTED, CHANNEL)]
    listed += [_source(texts / f"{name}.jsonl", name, name) for name in names[1:]]
    whole = [_stage(_TOKENS, {name: 1 / len(names) for name in names}, _RATE)]
    variants = {"full": {"stages": whole}}
    for name in left_out:
        mix = {one: 1 / (len(names) - 1) for one in names if one != name}
        variants[f"without-{name}"] = {"stages": [_stage(_TOKENS, mix, _RATE)]}
    recipe = {**_common(case.name, model, case.seed), "sources": listed}
    return {**recipe, "stages": whole, "variants": variants}


def _common(name: str, model: str, seed: int) -> dict[str, Any]:
    return {
        "name": name,
        "model": model,
        "seed": seed,
        # The texts are meant to be bad: nothing may repair or drop them.
        "redact": {"enabled": False},
        "clean": {"repair_unicode": False},
        "dedupe": {"near": {"enabled": False}},
        "trim": {"enabled": False},
        "holdout": {"min_documents": _HELD_OUT, "max_documents": _HELD_OUT},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": BATCH_TOKENS, "micro_batch": 4, "precision": "fp32"},
        "guard": {"enabled": False},
        "forgetting": {"every": 0},
        "evaluate": {"bootstrap": 100},
    }


def _stage(tokens: int, mix: dict[str, float], rate: float) -> dict[str, Any]:
    return {"name": "adapt", "tokens": tokens, "mix": mix, "schedule": {"peak": rate}}


def _source(path: Path, name: str, corpus: str) -> dict[str, Any]:
    language = corpora.NAMES[corpus].language if corpus in corpora.NAMES else "en"
    return {"name": name, "path": str(path), "labels": {"language": language, "task": "general"}}


def _read(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def _write(path: Path, texts: list[str]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for text in texts:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
