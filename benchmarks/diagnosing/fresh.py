"""Is a source that a run reports as forgotten really forgotten? Asked of documents that the run never had.

`rising` judges 16 held-out documents. Here base and result score other passages of the same corpus, of
documents that are in none of the run's files, so the answer does not come from what the rule looked at.
"""

import json
import random
from functools import lru_cache
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from diagnosing import texts
from rewarm.diagnose.change import LEAST, LEAST_SHARE, Change
from rewarm.runs import models
from rewarm.runs.run import Run

MOST = 64
TOKENS = 128  # of a document that are scored, as in the runs


def forgotten(folder: Path, run: Run, corpus: str, source: str) -> bool:
    """Whether passages of `corpus` that the run lacks are worse than under its base by a change that counts
    (docs/diagnose.md). folder: of the run and its texts; the measurement is kept there in
    `fresh-SOURCE.json`, in nats per token."""
    kept = folder / f"fresh-{source}.json"
    if not kept.exists():
        kept.write_text(json.dumps(_measure(folder, run, corpus, source)))
    found = json.loads(kept.read_text())
    return Change(found["rise"], found["error"]).rises(max(LEAST, LEAST_SHARE * found["before"]))


def _measure(folder: Path, run: Run, corpus: str, source: str) -> dict[str, float]:
    lines = (folder / f"{source}.jsonl").read_text(encoding="utf-8").splitlines()
    had = [json.loads(line)["text"] for line in lines]
    rng = random.Random(f"fresh {folder.parent.name} {source}")
    fresh = texts.unseen(corpus, had, MOST, rng)
    before, after = (_losses(str(path), tuple(fresh)) for path in (models.base_of(run), run.path / "model"))
    changes = [new - old for old, new in zip(before, after, strict=True)]
    return {"documents": len(changes), "before": fmean(before), "rise": fmean(changes),
            "error": stdev(changes) / sqrt(len(changes))}  # fmt: skip


def _losses(path: str, documents: tuple[str, ...]) -> list[float]:
    """Mean loss of the first tokens of each document, nats per token."""
    import torch

    tokenizer, model = _load(path)
    losses = []
    for text in documents:
        ids = torch.tensor([tokenizer.encode(text)[:TOKENS]])
        with torch.no_grad():
            losses.append(model(input_ids=ids, labels=ids).loss.item())
    return losses


@lru_cache(maxsize=2)  # base and result
def _load(path: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoTokenizer.from_pretrained(path), AutoModelForCausalLM.from_pretrained(path).eval()
