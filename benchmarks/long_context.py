"""A long-context stage on a CPU: memory against the printed estimate, and loss by position.

A small Llama is trained on sequences of 256 tokens, then in a stage of longer ones with another base
frequency and long documents up-sampled. Preflight prints what each stage takes; the training process records
its peak. Bars: peak within 15 % of the estimate for two shapes of the last stage, and the loss of tokens
far into the context lower after the long stage than before it (the base is the model after the first stage).
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from support import corpora, result_table, small_model
from support.smoke import SMOKE, work_folder

PROJECT = Path(__file__).parent.parent
# Tokens of a sequence of the long stage, sequences of a micro-batch.
SHAPES = ((512, 1),) if SMOKE else ((4096, 1), (1024, 2))
MODEL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
if not SMOKE:
    MODEL = {"hidden_size": 512, "intermediate_size": 1792, "num_hidden_layers": 4, "num_attention_heads": 8}
SHORT = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--work", type=Path, default=PROJECT / "runs/long-context-bench", help="kept; resumes"
    )
    parser.add_argument("--updates", type=int, default=2, help="of the long stage")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    folder = work_folder(arguments.work)
    prepare(folder)
    rows = []
    for seq_len, sequences in SHAPES:
        name = f"{seq_len}-{sequences}"
        write_recipe(folder / f"{name}.yaml", name, seq_len, sequences, arguments.updates)
        told = rewarm(folder, "run", f"{name}.yaml", "--run-dir", f"runs/{name}")
        context = json.loads(rewarm(folder, "context", f"runs/{name}", "--json").stdout)
        estimate = float(re.search(r"stage 'long' at .* estimated ([\d.]+) GB", told.stderr)[1])  # type: ignore[index]
        measured = context["peak_memory"] / 1e9
        rows += [
            result_table.row(f"{name}: GB estimated", estimate),
            result_table.row(f"{name}: GB measured", measured),
            result_table.row(
                f"{name}: estimate off by", abs(estimate / measured - 1), 0.15, at_most=True, judged=not SMOKE
            ),
        ]
        long = context["stages"][1]
        rows.append(result_table.row(f"{name}: cross-document sequences", long["cross"] / long["sequences"]))
        about = long["long"]["manuals"]
        rows.append(result_table.row(f"{name}: tokens of long documents", about["share"]))
        rows.append(result_table.row(f"{name}: the same in the corpus", about["share_of_corpus"]))
        for before, after in zip(context["before"][-2:], context["after"][-2:], strict=True):
            where = f"{name}: bits per byte with {before['first']} and more before"
            rows.append(result_table.row(where, bits(before), peer="base"))
            rows.append(result_table.row(where, bits(after), peer="after"))
    result_table.table("long_context", rows)


def bits(one: dict[str, Any]) -> float:
    from math import log

    return float(one["nats"] / one["bytes"] / log(2))


def prepare(folder: Path) -> None:
    """Documents and a model with random weights, unless they are there."""
    if (folder / "model").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    texts = [text[:40_000] for text in corpora.sample("manuals", 0.4 if SMOKE else 1.5)]
    with (folder / "manuals.jsonl").open("w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            # Some short ones: a corpus is a mixture of lengths.
            for part in [text] if number % 2 else [text[at : at + 900] for at in range(0, 9000, 900)]:
                out.write(json.dumps({"text": part}) + "\n")
    small_model.build(folder / "model", texts, vocabulary=2048 if SMOKE else 8192, seq_len=SHORT, **MODEL)


def write_recipe(path: Path, name: str, seq_len: int, sequences: int, updates: int) -> None:
    batch = max(sequences * seq_len, 1024)
    recipe = {
        "name": f"long-{name}",
        "model": "model",
        "sources": [{"name": "manuals", "path": "manuals.jsonl", "labels": {"task": "domain"}}],
        "redact": {"enabled": False},
        "holdout": {"min_documents": 6, "max_documents": 6},
        "pack": {"seq_len": SHORT},
        "train": {"batch_tokens": batch, "micro_batch": sequences, "precision": "fp32"},
        "evaluate": {"bootstrap": 100, "seq_len": seq_len, "document_tokens": seq_len},
        "stages": [
            {"name": "short", "tokens": 2 * batch, "mix": {"manuals": 1}, "schedule": {"peak": 1e-3}},
            {
                "name": "long",
                "tokens": updates * batch,
                "mix": {"manuals": 1},
                "seq_len": seq_len,
                "lengths": {"share": 0.6},
                "rope": {"type": "default", "theta": 1e6},
                "schedule": {"peak": 1e-3, "shape": "constant"},
            },
        ],
    }
    # JSON is YAML.
    path.write_text(json.dumps(recipe, indent=1))


def rewarm(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run(
        [sys.executable, "-m", "rewarm", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    # 4: done, and worse than its base.
    if ended.returncode not in (0, 4):
        sys.exit(ended.stdout + ended.stderr)
    return ended


if __name__ == "__main__":
    main()
