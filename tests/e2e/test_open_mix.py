"""A mix that the recipe leaves open, from the dry run to the report; consumed tokens match the plan."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import document, rewarm

from rewarm.report import training
from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


SEQ_LEN = 64


@pytest.fixture
def opened(world: Path, model: Path) -> Path:
    """law (Chinese, the domain), api (English), py (code), and task examples that look like api."""
    code = "\n".join(
        json.dumps({"text": "".join(f"def f{n}_{line}(x):\n    return x + {line}\n" for line in range(9))})
        for n in range(60)
    )
    (world / "py.jsonl").write_text(code + "\n")
    examples = [{"text": document("api", 9000 + n)} for n in range(20)]
    (world / "tasks.jsonl").write_text("\n".join(map(json.dumps, examples)) + "\n{broken\n")
    sources = [
        {"name": "law", "path": "law", "labels": {"language": "zh", "task": "domain"}},
        {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}},
        {"name": "py", "path": "py.jsonl", "labels": {"language": "code", "task": "code"}, "rules": "none"},
    ]
    mix = {"domain": {"share": [0.3, 0.6], "mix": "auto"}, "general": {"mix": "auto"}}
    recipe = {
        "name": "small", "model": str(model), "seed": 3, "sources": sources,
        "redact": {"enabled": False}, "holdout": {"min_documents": 8, "max_documents": 8},
        "mix": {"examples": "tasks.jsonl"}, "pack": {"seq_len": SEQ_LEN, "window": 100},
        "train": {"batch_tokens": 256, "micro_batch": 4, "precision": "fp32"},
        "evaluate": {"bootstrap": 100, "most_forgetting": 5},
        "stages": [
            {"name": "adapt", "tokens": 4000, "mix": mix, "schedule": {"peak": 1e-3}},
            {"name": "anneal", "tokens": 1500, "mix": {"law": 0.4, "api": 0.6}},
        ],
    }  # fmt: skip
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    return world


def in_blocks(run: Run, stage: str) -> dict[int, int]:
    """Leaf → tokens in the packed sequences of a stage."""
    found: dict[int, int] = {}
    folder = run.file("pack", stage)
    assert folder is not None
    for path in sorted(folder.glob("*.arrow")):
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        for lengths, leaves in zip(
            table["segment_length"].to_pylist(), table["segment_leaf"].to_pylist(), strict=True
        ):
            for length, leaf in zip(lengths, leaves, strict=True):
                found[leaf] = found.get(leaf, 0) + length
    return found


def test_an_open_mix_is_planned_told_and_consumed(opened: Path) -> None:
    said = rewarm(opened, "run", "recipe.yaml", "--dry-run")
    assert said.returncode == 0, said.stderr
    assert "stage 'adapt' is planned with law" in said.stderr + said.stdout
    ended = rewarm(opened, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    assert "1 records left out, the first:" in ended.stderr
    run = Run(opened / "runs/small")
    choices: dict[str, Any] = run.json("mix", "choices.json") or {}
    adapt = choices["stages"]["adapt"]["entries"]
    # 0.6 is the upper end of the range; 20 examples like api move half of general text to it.
    assert adapt["law"]["share"] == pytest.approx(0.6)
    assert adapt["api"]["share"] > adapt["api"]["start_share"] > adapt["py"]["share"] > 0
    assert any("task examples" in one for one in choices["stages"]["adapt"]["reasons"])
    assert "is not above that of adapt" in ended.stderr + ended.stdout
    page = (opened / "runs/small/report/index.html").read_text()
    assert "Why these shares and passes" in page and "task examples are most like it" in page

    plan: dict[str, Any] = run.json("mix", "plan.json") or {}
    metrics = training.read(run)
    consumed = {(one.stage, one.source): one for one in training.mix(run, metrics)}
    for stage, entries in plan.items():
        blocks = in_blocks(run, stage)
        rows = pq.read_table(run.steps["mix"].path / f"{stage}.parquet")
        for entry, row in entries.items():
            drawn = sum(blocks.get(leaf, 0) for leaf in row["leaves"])
            assert abs(drawn - row["tokens"]) < SEQ_LEN, (stage, entry)
            assert abs(row["tokens"] - row["planned_tokens"]) < SEQ_LEN, (stage, entry)
            # A document's first token has no loss, nor has the first of each part that packing cuts.
            starts = sum(leaf in row["leaves"] for leaf in rows["leaf"].to_pylist())
            got = consumed[stage, entry].consumed_tokens
            assert 0 <= row["tokens"] - starts - got < SEQ_LEN + row["tokens"] / SEQ_LEN, (stage, entry)


def test_fixed_shares_need_none_of_this(world: Path) -> None:
    ended = rewarm(world, "run", "recipe.yaml", "--until", "mix")
    assert ended.returncode == 0, ended.stderr
    choices = Run(world / "runs/small").json("mix", "choices.json") or {}
    assert choices["stages"]["adapt"]["entries"]["law"]["share"] == 0.6
    assert choices["stages"]["adapt"]["reasons"] == []
    assert "mix.no_code" not in ended.stderr.replace("no code", "")
