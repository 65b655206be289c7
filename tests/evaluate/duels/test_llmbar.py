"""The machinery loses nothing on LLMBar: a judge that knows the labels is right on every item."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_server import ScriptedServer

from rewarm.evaluate.duels import run
from rewarm.evaluate.duels.outcomes import states
from rewarm.evaluate.duels.verdicts import read
from rewarm.recipe.duels import Duels

pytestmark = pytest.mark.shared


@pytest.mark.parametrize(
    ("subset", "count"),
    [
        ("Natural", 100),
        ("Adversarial/Neighbor", 134),
        ("Adversarial/GPTInst", 92),
        ("Adversarial/GPTOut", 47),
        ("Adversarial/Manual", 46),
    ],
)
def test_every_item_of_a_subset_is_judged_right(
    tmp_path: Path,
    serve: Callable[..., ScriptedServer],
    settings: Callable[..., Duels],
    subset: str,
    count: int,
) -> None:
    folder = Path(os.environ["REWARM_SHARED_DATA"]) / "benchmarks/llmbar/Dataset/LLMBar"
    items = json.loads((folder / subset / "dataset.json").read_text(encoding="utf-8"))
    better = {(one["input"], one[f"output_{one['label']}"]) for one in items}
    server = serve(lambda prompt, first, second, _: "first" if (prompt, first) in better else "second")
    rows = [
        {"id": str(n), "prompt": one["input"], "answers": {"1": one["output_1"], "2": one["output_2"]}}
        for n, one in enumerate(items)
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = settings(server.url, {"budget": {"requests": None}}, dimensions=[], judged_twice=0.0)
    run.run(run.plan([("", path)], "2", made), tmp_path / "out")
    found = {key[0]: state for key, (state, _) in states(read(tmp_path / "out/verdicts.parquet")).items()}
    assert found == {str(n): "win" if one["label"] == 1 else "lose" for n, one in enumerate(items)}
    assert len(found) == count
