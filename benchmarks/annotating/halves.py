"""The top half by a score against a random half: real training runs of a small model.

The crawl is half medical question-and-answer pages (the target) and half other English text: manuals,
country profiles, descriptions of a cloud API. A base is trained on text without the target, a larger
sibling with the same tokenizer on the same and on target pages that are in neither the crawl nor the
held-out set: it stands for a larger model that knows the domain. Each score of `annotate.scores` then puts
half of the crawl on top, and the base is trained on that half, on the lower half and on random halves, with
equal tokens, rate and schedule. The value is the change of bits per byte on held-out target pages, and on
held-out other text.
"""

import json
import random
import shutil
from pathlib import Path
from typing import Any

from support import corpora, result_table, small_model
from support.smoke import SMOKE

import rewarm

WORK = Path(__file__).parents[2] / ("runs/annotate-smoke" if SMOKE else "runs/annotate-bench")
TARGET, OTHERS = ("countries", ("code",)) if SMOKE else ("medicine", ("manuals", "countries", "cloud-api"))
CRAWL, CHARACTERS, HELD_OUT, POOL = (80, 600, 8, 100) if SMOKE else (600, 600, 40, 400)
BASE_TOKENS, TRAINED_TOKENS = (4000, 2000) if SMOKE else (100_000, 30_000)
SMALL = {"hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4}
LARGE = {"hidden_size": 96, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 4}
SEEDS = (0,) if SMOKE else (0, 1)
SCORES: dict[str, dict[str, Any]] = {
    "loss": {"kind": "loss"},
    "excess_loss": {"kind": "excess_loss", "model": "../large"},
    "label": {"kind": "label", "classifier": "../target.safetensors", "label": "target"},
}
if SMOKE:
    SCORES = {"excess_loss": SCORES["excess_loss"]}


def rows() -> list[result_table.Row]:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    _prepare()
    changes = {f"random half, seed {seed}": _trained(f"random-{seed}", "random", seed) for seed in SEEDS}
    for score in SCORES:
        changes[f"top half by {score}"] = _trained(f"top-{score}", score, 0)
    out = []
    for name, (target, others) in changes.items():
        out.append(result_table.row(f"{name}: target, change of bits per byte", target))
        out.append(result_table.row(f"{name}: other text, change", others))
    chance = [target for name, (target, _) in changes.items() if name.startswith("random")]
    mean = sum(chance) / len(chance)
    for score in SCORES:
        gain = mean - changes[f"top half by {score}"][0]
        out.append(result_table.row(f"top half by {score} beyond random halves, bits per byte", gain))
    return out


def _prepare() -> None:
    """Texts, the two models, and a classifier of target pages from 60 seeds."""
    draw = random.Random(0)
    texts = {
        name: [text[:CHARACTERS] for text in corpora.texts(name) if len(text) > 200]
        for name in (TARGET, *OTHERS)
    }
    for mine in texts.values():
        draw.shuffle(mine)
    target = texts[TARGET]
    others = [text for several in zip(*(texts[name] for name in OTHERS), strict=False) for text in several]
    half = min(CRAWL // 2, len(target) // 3, len(others) // 3)
    crawl = [*target[:half], *others[:half]]
    draw.shuffle(crawl)
    _write("crawl", crawl)
    for seed in SEEDS:
        _write(f"random-{seed}", random.Random(seed).sample(crawl, half))
    # At most half of a source is held out.
    _write("target", target[half : half + 2 * HELD_OUT])
    _write("others", others[half : half + 2 * HELD_OUT])
    known, plain = (rest[half + 2 * HELD_OUT :][:POOL] for rest in (target, others))
    _write("plain", plain)
    _write("known", known)
    folder = WORK / "untrained"
    for name, shape in (("small", SMALL), ("large", LARGE)):
        small_model.build(
            folder / name, [*plain[:400], *known[:400]], vocabulary=512, seq_len=256,
            num_key_value_heads=shape["num_attention_heads"] // 2, **shape,
        )  # fmt: skip
    for name, mix in (("small", {"plain": 1.0}), ("large", {"plain": 0.5, "known": 0.5})):
        recipe = _recipe(f"train-{name}", f"../untrained/{name}", mix, BASE_TOKENS, 4e-3)
        run = rewarm.run(recipe, run_dir=WORK / f"train-{name}/run")
        shutil.copytree(run.path / "model", WORK / name)
    seeds = [*((text, "target") for text in known[-30:]), *((text, "other") for text in plain[-30:])]
    _classifier(seeds)


def _classifier(seeds: list[tuple[str, str]]) -> None:
    import pyarrow as pa

    from rewarm.classify import seeds as reading
    from rewarm.classify.reading import Reading
    from rewarm.classify.training import train

    found = reading.of_rows((str(place), text, label) for place, (text, label) in enumerate(seeds))
    model = train(pa.array(found.texts), found.labels, found.ids, Reading(), 0, axis="target", folds=5)
    model.save(WORK / "target.safetensors")


def _trained(name: str, score: str, seed: int) -> tuple[float, float]:
    """Change of bits per byte on the target and on other text, after training on a half of the crawl."""
    more: dict[str, Any] = {}
    source = "crawl"
    if score == "random":
        source = f"random-{seed}"
    else:
        more["annotate"] = {"scores": {score: {**SCORES[score], "sources": ["crawl"]}}}
        more["select"] = {"attributes": {f"score_{score}_percentile": {"min": 0.5}}}
    recipe = _recipe(name, "../small", {source: 1.0}, TRAINED_TOKENS, 1e-3, seed=seed, **more)
    run = rewarm.run(recipe, run_dir=WORK / name / "run")
    found = {row["value"]: row for row in run.channels.to_pylist() if row["axis"] == "source"}
    changes = [found[one]["after_bits"] - found[one]["before_bits"] for one in ("target", "others")]
    return changes[0], changes[1]


def _recipe(
    name: str, model: str, mix: dict[str, float], tokens: int, peak: float, seed: int = 0, **more: Any
) -> Path:
    folder = WORK / name
    folder.mkdir(exist_ok=True)
    tasks = {**dict.fromkeys(mix, "domain"), "target": "general", "others": "general"}
    sources = [
        {"name": one, "path": f"../{one}.jsonl", "redact": "none", "rules": "basic", "labels": {"task": task}}
        for one, task in tasks.items()
    ]
    recipe = {
        "name": name, "model": model, "seed": seed, "sources": sources,
        "redact": {"enabled": False}, "pack": {"seq_len": 256},
        "holdout": {"share": 0.001, "min_documents": HELD_OUT, "max_documents": HELD_OUT},
        "dedupe": {"near": {"enabled": False}}, "trim": {"enabled": False},
        "train": {"batch_tokens": 1024, "micro_batch": 4, "precision": "fp32", "device": "cpu"},
        "evaluate": {"bootstrap": 100, "most_forgetting": 100},
        "stages": [{"name": "adapt", "tokens": tokens, "mix": mix, "max_epochs": 8,
                    "schedule": {"shape": "cosine", "peak": peak}}],
        **more,
    }  # fmt: skip
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe))
    return path


def _write(name: str, texts: list[str]) -> None:
    with (WORK / f"{name}.jsonl").open("w") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
