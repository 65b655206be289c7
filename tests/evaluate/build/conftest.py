"""A run of the data steps over invented regulations."""

from pathlib import Path

import harbours
import pytest
import yaml

from rewarm.pipeline import run_directory
from rewarm.runs.run import Run


def recipe(folder: Path, model: Path, **changes: object) -> Path:
    """Write the recipe of the run, with other values at the top level."""
    plain = {
        "name": "harbours",
        "model": str(model),
        "sources": [
            {
                "name": name,
                "path": f"texts/{name}.jsonl",
                "labels": {"language": name, "task": "domain"},
                "redact": "structured",
            }
            for name in ("en", "zh")
        ],
        "select": {"min_chars": 20},
        "dedupe": {"near": {"enabled": False}},
        "trim": {"enabled": False},
        "holdout": {"share": 0.2, "min_documents": 8},
        "pack": {"seq_len": 256},
        "train": {"batch_tokens": 1024},
        "stages": [{"name": "adapt", "tokens": "200k", "mix": {"en": 0.5, "zh": 0.5}}],
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**plain, **changes}, sort_keys=False, allow_unicode=True))
    return path


@pytest.fixture(scope="session")
def run(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run up to `pack`."""
    folder = tmp_path_factory.mktemp("harbours")
    harbours.write(folder / "texts")
    (done,) = run_directory.run(recipe(folder, model), folder / "run", lambda *_: None, until="pack")
    return Run(done)
