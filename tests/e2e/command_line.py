"""How the end-to-end tests call the command line, and what they feed it."""

import os
import random
import subprocess
import sys
from pathlib import Path

import yaml
from warm import WarmInterpreter

_WARM = WarmInterpreter()
# What a forked child cannot take up any more.
_MODULES = os.environ.get("PYTHONPATH")
WORDS = "the server stores a backup of each volume and returns an error when a key is not valid".split()  # noqa: SIM905
HAN = "法律规定当事人应当按照合同约定履行义务不得擅自变更或者解除合同人民法院依法受理案件"


def document(kind: str, number: int) -> str:
    rng = random.Random(f"{kind}{number}")
    if kind == "law":
        return "".join(rng.choices(HAN, k=rng.randint(80, 400))) + f"第{number}条。"
    return f"Item {number}: " + " ".join(rng.choices(WORDS, k=rng.randint(30, 160))) + "."


def write_recipe(folder: Path, model: Path, /, **changes: object) -> Path:
    recipe = {
        "name": "small",
        "model": str(model),
        "seed": 3,
        "sources": [
            {"name": "law", "path": "law", "labels": {"language": "zh", "task": "domain"}},
            {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}},
        ],
        "redact": {"enabled": False},  # characters drawn by chance form names by chance
        "holdout": {"min_documents": 8, "max_documents": 8},
        "pack": {"seq_len": 64, "window": 100},
        "train": {"batch_tokens": 256, "precision": "fp32", "checkpoint_steps": 2},
        "evaluate": {"bootstrap": 100},
        "stages": [
            {"name": "adapt", "tokens": 3000, "mix": {"law": 0.6, "api": 0.4}, "schedule": {"peak": 1e-3}},
            {"name": "anneal", "tokens": 1000, "mix": {"law": 0.5, "api": 0.5}, "best": 0.5},
        ],
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**recipe, **changes}, sort_keys=False, allow_unicode=True))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from rewarm.cli.main import main; main()", *map(str, arguments)]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "REWARM_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}


def rewarm(folder: Path, *arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """Run `rewarm ARGUMENTS` in `folder`. Options of subprocess.run, or another PYTHONPATH, start an
    interpreter of its own."""
    if not more and os.environ.get("PYTHONPATH") == _MODULES:
        return _WARM.run([*map(str, arguments)], folder, environment(folder))
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment(folder), capture_output=True, text=True, **more
    )
