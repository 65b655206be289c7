"""The texts, the bases and the recipes of the benchmark of attribution.

A base learns its channels and text of every clean source. Each case then continues its training on clean text
of the channel, on clean text of other corpora, and on one planted source, all in equal shares. Held-out
documents of the channel show its loss. Variants without one source, whose tokens go to the others, show what
each source did to that channel.
"""

import json
from pathlib import Path
from typing import Any

from support import corpora, small_model
from support.smoke import SMOKE

from attributing import clean
from attributing.case_set import DOCUMENTS, HELD_OUT, PLANTED, Base, Case, CaseSet

SEQ_LEN, BATCH_TOKENS = 256, 1024
_BASE_RATE, _RATE = 4e-3, 1e-3
_SHAPE = (
    {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    if SMOKE
    else {"hidden_size": 96, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 4}
)
_VOCABULARY = 512 if SMOKE else 1024
_TOKENS = 4_096 if SMOKE else 24_576
_BASE_DOCUMENTS = 30 if SMOKE else 500


def left_out(cases: CaseSet, case: Case, every: bool) -> list[str]:
    """Sources without which a case is trained again: all, or the planted one, in the first cases also two
    others in turn."""
    if every:
        return cases.sources(case)
    number = cases.cases.index(case)
    others = [cases.clean[(2 * number + at) % len(cases.clean)] for at in range(2)]
    return [PLANTED, *(others if number < cases.compared and not SMOKE else [])]


def write_texts(folder: Path, cases: CaseSet) -> None:
    """`base-NAME.jsonl` and `NAME.jsonl` of channels and clean sources, with different documents; the planted
    source of every case."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys([*cases.base.channels, *cases.base.clean, *cases.clean]):
        if (folder / f"{name}.jsonl").exists():
            continue
        known = name in cases.base.channels
        base, own = cases.base.texts(name) if known else clean.texts(name, DOCUMENTS + _BASE_DOCUMENTS)
        _write(folder / f"base-{name}.jsonl", base)
        _write(folder / f"{name}.jsonl", own)
    for case in cases.cases:
        known = read(folder / f"base-{case.channel}.jsonl")
        _write(_planted(folder, case), cases.planted(case, known))


def write_untrained(folder: Path, texts: Path, base: Base) -> None:
    """A Llama with random weights and a tokenizer for all that the base learns; kept where it is there."""
    if (folder / "config.json").exists():
        return
    names = sorted([*base.channels, *base.clean])
    sample = (text for name in names for text in read(texts / f"base-{name}.jsonl")[:200])
    small_model.build(folder, sample, vocabulary=_VOCABULARY, seq_len=SEQ_LEN, **_SHAPE)


def base_recipe(texts: Path, model: Path, base: Base) -> dict[str, Any]:
    """The training of a base."""
    parts = ((base.known, base.channels), (1 - base.known, base.clean))
    mix = {f"base-{name}": share / len(part) for share, part in parts for name in part}
    names = [*base.channels, *base.clean]
    listed = [_source(texts / f"base-{name}.jsonl", f"base-{name}", name) for name in names]
    recipe = {**_common("base", str(model), 0), "sources": listed}
    return {**recipe, "stages": [_stage(16_384 if SMOKE else base.tokens, mix, _BASE_RATE)]}


def case_recipe(texts: Path, model: str, cases: CaseSet, case: Case, left_out: list[str]) -> dict[str, Any]:
    """The training of a case, and variants that leave out one source each."""
    names = cases.sources(case)
    listed = [_source(_planted(texts, case), PLANTED, case.channel)]
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
        "holdout": {"min_documents": HELD_OUT, "max_documents": HELD_OUT},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": BATCH_TOKENS, "micro_batch": 4, "precision": "fp32"},
        "guard": {"enabled": False},
        "forgetting": {"every": 0},
        "evaluate": {"bootstrap": 100},
    }


def _stage(tokens: int, mix: dict[str, float], rate: float) -> dict[str, Any]:
    return {"name": "adapt", "tokens": tokens, "mix": mix, "schedule": {"peak": rate}}


def _planted(texts: Path, case: Case) -> Path:
    return texts / f"{PLANTED}-{case.name}.jsonl"


def _source(path: Path, name: str, corpus: str) -> dict[str, Any]:
    language = corpora.NAMES[corpus].language if corpus in corpora.NAMES else "en"
    return {"name": name, "path": str(path), "labels": {"language": language, "task": "general"}}


def read(path: Path) -> list[str]:
    """The texts of a file that was written here."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def _write(path: Path, texts: list[str]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for text in texts:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
