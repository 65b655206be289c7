"""Training stopped at a block, gone back to a block, and started from a block gives the same bits."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.slow


STAGES = [{"name": "adapt", "tokens": 3000, "mix": {"law": 0.6, "api": 0.4},
           "schedule": {"shape": "constant", "peak": 1e-3}}]  # fmt: skip
PACK = {"seq_len": 64, "window": 100, "block_tokens": 1000}
TRAIN = {"batch_tokens": 256, "precision": "fp32", "checkpoint_updates": 100}


def weights(run: Path) -> str:
    return hashlib.sha256((run / "model/model.safetensors").read_bytes()).hexdigest()


def listed(world: Path, run: str, *more: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(rewarm(world, "blocks", run, *more, "--json").stdout)[
        "blocks"
    ]
    return found


def test_stop_go_back_and_start_at_blocks(world: Path, model: Path) -> None:
    write_recipe(world, model, stages=STAGES, pack=PACK, train=TRAIN, evaluate={"bootstrap": 100})
    assert rewarm(world, "run", "recipe.yaml", "--run-dir", "whole").returncode == 0
    blocks = listed(world, "whole")
    assert [block["number"] for block in blocks] == [1, 2, 3]
    assert [block["done"] for block in blocks] == [block["updates"] - block["first"] for block in blocks]
    assert blocks[0]["first"] == 0 and blocks[1]["first"] == blocks[0]["updates"]
    every = {one["channel"]: one["change"] for one in blocks[0]["channels"]}
    assert set(every) == {"all", "law", "api"} and every["all"] < 0
    assert "block 2  adapt" in rewarm(world, "blocks", "whole", "--axis", "language").stdout

    # Checkpoints at blocks are no part of the key: `kept` may be changed at any time.
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["train"]["keep_blocks"] = True
    (world / "kept.yaml").write_text(yaml.safe_dump(recipe))
    stopped = rewarm(world, "run", "kept.yaml", "--run-dir", "parts", "--stop-after-block", 2)
    assert stopped.returncode == 0 and "stopped after block 2 of 3" in stopped.stderr
    assert not (world / "parts/model").exists()
    assert [block["kept"] for block in listed(world, "parts")] == [True, True, False]
    early = rewarm(world, "run", "kept.yaml", "--run-dir", "parts", "--stop-after-block", 1)
    assert early.returncode == 1 and "--from-block 1 goes back" in early.stderr
    back = rewarm(world, "run", "kept.yaml", "--run-dir", "parts", "--from-block", 1, "--stop-after-block", 1)
    assert back.returncode == 0 and "stopped after block 1 of 3" in back.stderr
    assert [block["kept"] for block in listed(world, "parts")] == [True, False, False]
    assert rewarm(world, "run", "kept.yaml", "--run-dir", "parts").returncode == 0
    assert weights(world / "parts") == weights(world / "whole")

    late = rewarm(world, "run", "kept.yaml", "--run-dir", "parts", "--from-block", 1)
    assert late.returncode == 1 and "is finished" in late.stderr
    none = rewarm(world, "run", "kept.yaml", "--run-dir", "new", "--stop-after-block", 9)
    assert none.returncode == 1 and "the run has 3 blocks" in none.stderr

    # New data goes on from block 2 in new blocks; those of the earlier run are not written again.
    rows = [json.dumps({"text": document("law", 10_000 + number)}) for number in range(60)]
    (world / "law/more.jsonl").write_text("\n".join(rows) + "\n")
    before = {path: path.stat().st_mtime_ns for path in (world / "parts").rglob("*.arrow")}
    recipe |= {"name": "more", "start": {"run": "parts", "block": 2}}
    (world / "more.yaml").write_text(yaml.safe_dump(recipe))
    assert rewarm(world, "run", "more.yaml").returncode == 0
    assert before == {path: path.stat().st_mtime_ns for path in (world / "parts").rglob("*.arrow")}
    chain = listed(world, "runs/more")
    assert [(Path(str(one["run"])).name, one["number"]) for one in chain][:3] == [
        ("parts", 1), ("parts", 2), ("more", 1),
    ]  # fmt: skip
    shutil.rmtree(world / "parts/steps")
    assert rewarm(world, "run", "more.yaml", "--run-dir", "again").returncode == 1


def test_other_data_after_a_block_needs_that_block(world: Path, model: Path) -> None:
    """Going back makes a change possible that the finished updates forbid."""
    stages = [*STAGES, {**STAGES[0], "name": "anneal", "tokens": 1500}]
    write_recipe(world, model, stages=stages, pack=PACK, train={**TRAIN, "keep_blocks": True})
    first = rewarm(world, "run", "recipe.yaml", "--stop-after-block", 4)
    assert "stopped after block 4" in first.stderr, first.stderr
    stages[1] = {**stages[1], "mix": {"law": 1.0}}
    write_recipe(world, model, stages=stages, pack=PACK, train={**TRAIN, "keep_blocks": True})
    refused = rewarm(world, "run", "recipe.yaml", "--continue")
    assert refused.returncode == 1 and "cannot continue: the data changed" in refused.stderr
    gone_on = rewarm(world, "run", "recipe.yaml", "--continue", "--from-block", 3)
    assert gone_on.returncode in (0, 4), gone_on.stderr
    whole = rewarm(world, "run", "recipe.yaml", "--run-dir", "whole")
    assert whole.returncode in (0, 4)
    assert weights(world / "runs/small") == weights(world / "whole")
