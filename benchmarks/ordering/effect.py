"""What training on related documents together changes: real training runs of a small model.

A base is trained on general text, then on passages of one corpus with equal tokens, rate and schedule: once
shuffled, each document by itself, once with related documents in one sequence that attend to each other. Both
are measured on held-out documents by themselves, and on the same documents behind the training document that
shares most words with them (cosine of TF-IDF): a model that learnt to use its context loses less there.
"""

import json
import math
import random
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from support import corpora, result_table, small_model
from support.smoke import SMOKE

import rewarm

SHAPE = {"hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4}
if not SMOKE:
    SHAPE = {"hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 4, "num_attention_heads": 4}
DOMAIN = next(name for name in ("medicine", "cloud-api") if name in corpora.NAMES)
GENERAL = ("manuals", "countries")
CHARACTERS, DOCUMENTS, HELD_OUT = (400, 80, 8) if SMOKE else (600, 1200, 60)
SEQ_LEN, BASE_TOKENS, TOKENS = (512, 4_000, 4_000) if SMOKE else (1024, 300_000, 200_000)
SEEDS = (0,) if SMOKE else (0, 1, 2)
ORDERS: dict[str, dict[str, Any]] = {"shuffled": {"by": "shuffle"}, "related": {"by": "related"}}
_WORD = re.compile(r"[a-z]{3,}")


def rows(work: Path) -> list[result_table.Row]:
    """Both orders with each seed, and the mean difference with its standard error over seeds."""
    folder = work / "effect"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    trained, held_out = _prepare(folder)
    nearest = _nearest(held_out, trained)
    out, alone, behind = [], {}, {}
    for seed in SEEDS:
        for name, order in ORDERS.items():
            model = _train(folder, f"{name}-{seed}", "../base", {"domain": 1.0}, TOKENS, 1e-3, seed, order)
            alone[name, seed], behind[name, seed] = _bits(model, held_out, nearest)
            for where, value in (("alone", alone[name, seed]), ("behind a related one", behind[name, seed])):
                label = f"{name}, seed {seed}: held-out documents {where}, bits per byte"
                out.append(result_table.row(label, value))
    for where, found in (("alone", alone), ("behind a related one", behind)):
        changes = [found["related", seed] - found["shuffled", seed] for seed in SEEDS]
        mean = sum(changes) / len(changes)
        spread = math.sqrt(sum((one - mean) ** 2 for one in changes) / max(1, len(changes) - 1))
        out.append(result_table.row(f"related minus shuffled, {where}, bits per byte", mean))
        out.append(
            result_table.row(f"its standard error over {len(changes)} seeds", spread / len(changes) ** 0.5)
        )
    return out


def _prepare(folder: Path) -> tuple[list[str], list[str]]:
    """The base, and passages of the corpus: for training, and held out from every training."""
    draw = random.Random(0)
    texts = [text[:CHARACTERS] for text in corpora.texts(DOMAIN) if len(text) > 200]
    draw.shuffle(texts)
    held_out, trained = texts[:HELD_OUT], texts[HELD_OUT : HELD_OUT + DOCUMENTS]
    plain = [text[:CHARACTERS] for name in GENERAL for text in corpora.texts(name) if len(text) > 200]
    draw.shuffle(plain)
    _write(folder / "domain.jsonl", trained)
    _write(folder / "general.jsonl", plain)
    small_model.build(
        folder / "untrained", [*plain[:400], *trained[:100]], vocabulary=1024, seq_len=SEQ_LEN,
        num_key_value_heads=2, **SHAPE,
    )  # fmt: skip
    base = _train(folder, "first", "../untrained", {"general": 1.0}, BASE_TOKENS, 4e-3, 0, ORDERS["shuffled"])
    shutil.copytree(base, folder / "base")
    return trained, held_out


def _train(
    folder: Path, name: str, model: str, mix: dict[str, float], tokens: int, peak: float, seed: int,
    order: dict[str, Any],
) -> Path:  # fmt: skip
    """The trained model's folder."""
    own = folder / name
    own.mkdir()
    stage = {
        "name": "adapt", "tokens": tokens, "mix": mix, "max_epochs": 8, "order": order,
        "schedule": {"shape": "cosine", "peak": peak},
    }  # fmt: skip
    recipe = {
        "name": name, "model": model, "seed": seed, "stages": [stage],
        "sources": [
            {
                "name": one, "path": f"../{one}.jsonl", "redact": "none", "rules": "basic",
                "labels": {"task": one},
            }
            for one in ("domain", "general")
        ],
        "redact": {"enabled": False}, "pack": {"seq_len": SEQ_LEN},
        "holdout": {"share": 0.001, "min_documents": HELD_OUT // 2, "max_documents": HELD_OUT // 2},
        "dedupe": {"near": {"enabled": False}}, "trim": {"enabled": False},
        "train": {"batch_tokens": 4 * SEQ_LEN, "micro_batch": 2, "precision": "fp32", "device": "cpu"},
        "evaluate": {"bootstrap": 100, "most_forgetting": 100},
    }  # fmt: skip
    (own / "recipe.yaml").write_text(json.dumps(recipe))  # JSON is YAML
    return Path(rewarm.run(own / "recipe.yaml", run_dir=own / "run").path) / "model"


def _nearest(held_out: list[str], trained: list[str]) -> list[str]:
    """For each held-out document the training document with the greatest cosine."""
    counts = [Counter(_WORD.findall(text.lower())) for text in trained]
    documents = Counter(word for count in counts for word in count)
    weights = {word: math.log(len(trained) / number) for word, number in documents.items()}

    def vector(count: Counter[str]) -> dict[str, float]:
        found = {word: number * weights[word] for word, number in count.items() if word in weights}
        length = math.sqrt(sum(value**2 for value in found.values())) or 1.0
        return {word: value / length for word, value in found.items()}

    vectors = [vector(count) for count in counts]
    out = []
    for text in held_out:
        own = vector(Counter(_WORD.findall(text.lower())))
        scores = [sum(value * other.get(word, 0.0) for word, value in own.items()) for other in vectors]
        out.append(trained[scores.index(max(scores))])
    return out


def _bits(model: Path, texts: list[str], before: list[str]) -> tuple[float, float]:
    """Bits per byte of the texts alone, and each behind another; the first token is left out of both."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model).eval()
    sums, size = [0.0, 0.0], 0
    for text, first in zip(texts, before, strict=True):
        own, context = tokenizer.encode(text), [*tokenizer.encode(first), tokenizer.eos_token_id]
        size += len(text.encode())
        for place, ids in enumerate((own, context + own)):
            with torch.no_grad():
                logits = network(torch.tensor([ids])).logits[0, -len(own) : -1]
            losses = torch.nn.functional.cross_entropy(logits, torch.tensor(own[1:]), reduction="sum")
            sums[place] += float(losses)
    return sums[0] / size / math.log(2), sums[1] / size / math.log(2)


def _write(path: Path, texts: list[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
