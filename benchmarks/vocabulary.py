"""New Chinese tokens on SmolLM2: what they save, and what they cost at equal bytes of training.

One run learns 4,000 tokens from Chinese statutes and encyclopedia articles and trains the extended model;
the peer is the same base with its own tokenizer, trained on the same number of bytes in the same number of
updates: budget, sequence length and batch of the extended run are scaled by what the tokens save. Both are
scored in bits per byte on the same held-out passages (of each window the first token has no context and is
not scored: some bytes of 1,800). Of every document passages of 1,800 bytes are used.

Bars: at least 30 % fewer tokens per character on held-out Chinese, and no English document whose tokens
change. The comparison of losses has no bar: at budgets that a CPU can train, new rows are hardly trained.
"""

import argparse
import json
import random
import subprocess
import sys
from math import log
from pathlib import Path
from typing import Any

from support import corpora, result_table, small_model
from support.smoke import SMOKE, work_folder
from support.smollm2 import MODEL

PROJECT = Path(__file__).parent.parent
# Source → corpus, passages of a document.
SOURCES = {"statutes": ("statutes", 12), "encyclopedia-zh": ("encyclopedia-zh", 2), "manuals": ("manuals", 2)}
PASSAGE_BYTES, SEQ_LEN, SEQUENCES = 1800, 512, 2
NEW_TOKENS = 64 if SMOKE else 4000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tokens", type=int, default=4096 if SMOKE else 16_384, help="of the base's run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/vocabulary-bench", help="kept; resumes")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    folder = work_folder(arguments.work)
    sources = write_texts(folder)
    write_recipe(folder, sources, arguments.tokens, arguments.seed, kept=1.0)
    rewarm(folder, "run", "recipe.yaml", "--until", "vocabulary")
    extended = folder / "runs/vocabulary/variants/extended"
    found = json.loads((step(extended, "vocabulary") / "vocabulary.json").read_text())
    wanted = found["wanted"]
    write_recipe(folder, sources, arguments.tokens, arguments.seed, kept=wanted["after"] / wanted["before"])
    rewarm(folder, "run", "recipe.yaml")
    base = folder / "runs/vocabulary/variants/base"
    rows = [
        result_table.row("Chinese: tokens per character saved", 1 - wanted["after"] / wanted["before"], 0.3),
        *(
            result_table.row(f"{row['channel']}: tokens per character, {when}", row[side] / row["characters"])
            for row in found["channels"]
            for when, side in (("base", "before"), ("extended", "after"))
        ),
        *(
            result_table.row("English: documents whose tokens changed", row["changed"], 0, at_most=True)
            for row in found["channels"]
            if row["channel"] == "en"
        ),
    ]
    scores = {
        "base": of_run(extended, "original"),
        "extended, not trained": of_run(extended, "baseline"),
        "base, trained": of_run(base, "evaluate"),
        "extended, trained": of_run(extended, "evaluate"),
    }
    for name in sources:
        for who, one in scores.items():
            rows.append(result_table.row(f"{name}: bits per byte", one[name], peer=who))
    for who, run in (("base, trained", base), ("extended, trained", extended)):
        trained = json.loads((step(run, "train") / "_manifest.json").read_text())["counts"]
        rows.append(result_table.row("training tokens", trained["tokens"], peer=who))
        rows.append(result_table.row("updates", trained["updates"], peer=who))
    result_table.table("vocabulary", rows)


def write_texts(folder: Path) -> list[str]:
    """Passages of each corpus that is there as JSON lines; the sources' names."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = [name for name, (corpus, _) in SOURCES.items() if corpus in corpora.NAMES]
    for name in sources:
        corpus, most = SOURCES[name]
        rng = random.Random(0)
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            for text in corpora.sample(corpus, 0.3) if SMOKE else corpora.texts(corpus):
                for passage in passages(text, most, rng):
                    out.write(json.dumps({"text": passage}, ensure_ascii=False) + "\n")
    if SMOKE:
        # An English base: that is what new tokens are for.
        sample = (text[:4000] for text in corpora.sample("manuals", 0.1))
        small_model.build(folder / "model", sample, vocabulary=1024, seq_len=4096, hidden_size=32,
                          intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)  # fmt: skip
    return sources


def passages(text: str, most: int, rng: random.Random) -> list[str]:
    """At most `most` passages that do not overlap, in the order of the text."""
    encoded = text.encode()
    count = max(1, len(encoded) // PASSAGE_BYTES)
    chosen = sorted(rng.sample(range(count), min(most, count)))
    return [encoded[at * PASSAGE_BYTES : (at + 1) * PASSAGE_BYTES].decode(errors="ignore") for at in chosen]


def write_recipe(folder: Path, sources: list[str], tokens: int, seed: int, *, kept: float) -> None:
    """kept: tokens of the extended tokenizer for one of the base's."""
    chinese = [name for name in sources if corpora.NAMES[SOURCES[name][0]].language == "zh"]
    mix = {name: 1 / len(chinese) for name in chinese}

    def trained(scale: float) -> dict[str, Any]:
        length = max(16, round(SEQ_LEN * scale))
        return {
            "pack": {"seq_len": length},
            "train": {"batch_tokens": SEQUENCES * length},
            "stages": [{"name": "adapt", "tokens": round(tokens * scale), "mix": mix}],
        }

    recipe = {
        "name": "vocabulary",
        "model": "model" if SMOKE else MODEL,
        "seed": seed,
        "sources": [
            {
                "name": name,
                "path": f"{name}.jsonl",
                "labels": {
                    "language": corpora.NAMES[SOURCES[name][0]].language,
                    "task": "domain" if name in chinese else "general",
                },
            }
            for name in sources
        ],
        "redact": {"enabled": False},  # public texts
        "holdout": {"min_documents": 8, "max_documents": 8},
        "evaluate": {"seq_len": 2048, "bootstrap": 100},
        "stages": [
            {
                "name": "adapt",
                "tokens": tokens,
                "mix": mix,
                "schedule": {"shape": "cosine", "peak": 3e-4, "warmup": 0.05},
            }
        ],
        "variants": {
            "extended": {
                "vocabulary": {"documents": ["language=zh"], "tokens": NEW_TOKENS, "min_count": 5},
                **trained(kept),
            },
            "base": trained(1.0),
        },
    }
    # JSON is YAML.
    (folder / "recipe.yaml").write_text(json.dumps(recipe, indent=1))


def rewarm(folder: Path, *arguments: str) -> None:
    ended = subprocess.run([sys.executable, "-m", "rewarm", *arguments], cwd=folder, check=False)
    # 4: done, and worse than its base, which the table shows.
    if ended.returncode not in (0, 4):
        sys.exit(ended.returncode)


def step(run: Path, name: str) -> Path:
    record = json.loads((run / "run.json").read_text())
    return run.parents[1] / "steps" / str(record["steps"][name])


def of_run(run: Path, name: str) -> dict[str, float]:
    """Bits per byte of each source, from a step's scored documents."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = {}
    for shard in (step(run, "tokenize") / "heldout").glob("*.arrow"):
        rows = pa.ipc.open_file(pa.memory_map(str(shard))).read_all().select(["id", "source"])
        source |= {row["id"]: row["source"] for row in rows.to_pylist()}
    sums: dict[str, list[float]] = {}
    for row in pq.read_table(step(run, name) / "documents.parquet").to_pylist():
        found = sums.setdefault(source[row["id"]], [0.0, 0.0])
        found[0] += row["nats"]
        found[1] += row["bytes"]
    return {name: nats / log(2) / size for name, (nats, size) in sums.items()}


if __name__ == "__main__":
    main()
