"""The recipe of the pilot study: passages of Chinese statutes and of English manuals."""

import json
import random
from pathlib import Path

from support import corpora, passages
from support.smoke import SMOKE

from piloting import base_model
from piloting.sizes import Size

# Source → corpus of `support/corpora.py`.
CORPORA = {"statutes": "statutes", "manuals": "manuals"}
STUDY = "study"
SEQ_LEN = 128
PASSAGE_BYTES, PASSAGES, HELD_OUT, HELD_OUT_TOKENS = 1200, 600, 24, 128


def write(folder: Path, size: Size) -> None:
    """The base, the passages as JSON lines and the recipe, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if size.model is None:
        base_model.build(folder / "model", size.base_updates)
    for source, name in CORPORA.items():
        rng = random.Random(0)
        texts = corpora.sample(name, 0.5) if SMOKE else list(corpora.texts(name))
        # The base was trained on the odd manuals.
        texts = texts[::2] if source == "manuals" else texts * 2
        rows = [{"text": passages.passage(text, PASSAGE_BYTES, rng)} for text in texts[:PASSAGES]]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{source}.jsonl").write_text(lines, encoding="utf-8")
    recipe = {
        "name": "pilots",
        "model": size.model or "model",
        "sources": [
            {
                "name": source,
                "path": f"{source}.jsonl",
                "labels": {"language": corpora.NAMES[name].language, "task": corpora.NAMES[name].task},
            }
            for source, name in CORPORA.items()
        ],
        "redact": {"enabled": False},
        "holdout": {"min_documents": HELD_OUT, "max_documents": HELD_OUT},
        "pack": {"seq_len": SEQ_LEN},
        "train": {
            "batch_tokens": size.batch_tokens,
            "micro_batch": min(8, size.batch_tokens // SEQ_LEN),
            "precision": "fp32",
        },
        "evaluate": {"document_tokens": HELD_OUT_TOKENS, "bootstrap": 100},
        "stages": [{"name": "adapt", "tokens": 10 * size.tokens, "mix": {"statutes": 0.75, "manuals": 0.25}}],
    }
    # JSON is YAML.
    (folder / "recipe.yaml").write_text(json.dumps(recipe, indent=1))
