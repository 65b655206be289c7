"""The same recipe on this machine and on a Ray cluster of two nodes, one of which is killed."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from command_line import command, document, environment, rewarm, write_recipe
from poison import KILL, SLOW, stand_in

pytestmark = pytest.mark.slow
SHARDS = 10


def _world(folder: Path, model: Path, poisoned: bool = False) -> dict[str, Any]:
    """Shards of 60 documents in both languages, every tenth a copy; law and api are what is trained on."""
    sources = []
    for number in range(SHARDS):
        kind = ("law", "api")[number % 2]
        texts = [document(kind, number * 60 + row) for row in range(54)]
        # Copies reach into the shard before, so that what is kept depends on all shards together.
        texts += [document(kind, (number - 2) % SHARDS * 60 + row) + " One more word." for row in range(6)]
        texts[7] += f" {SLOW}, {number}."
        if poisoned and number == 3:
            texts[30] += f" {KILL}."
        name = kind if number < 2 else f"{kind}-{number}"
        (folder / f"{name}.jsonl").write_text(
            "\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts), encoding="utf-8"
        )
        labels = {"language": ("zh", "en")[number % 2], "task": ("domain", "general")[number % 2]}
        sources.append({"name": name, "path": f"{name}.jsonl", "labels": labels})
    write_recipe(folder, model, sources=sources)
    return yaml.safe_load((folder / "recipe.yaml").read_text())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = os.pathsep.join([stand_in(tmp_path / "stand-in"), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path.rstrip(os.pathsep))
    return tmp_path


@pytest.fixture
def cluster(world: Path) -> Iterator[Any]:
    """Two nodes with a processor each; they take the environment that `world` set."""
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    yield nodes
    nodes.shutdown()


def _manifests(run: Path) -> dict[str, Any]:
    found = {path.parent.name: json.loads(path.read_text()) for path in run.glob("steps/*/_manifest.json")}
    return {name: {"files": held["files"], "counts": held["counts"]} for name, held in found.items()}


def _kill(node: Any) -> None:
    """The node's raylet and its workers, at once and for good."""
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    processes = [raylet, *raylet.children(recursive=True)]
    for process in processes:
        process.send_signal(signal.SIGKILL)


def test_a_cluster_that_loses_a_node_gives_the_same_bytes(world: Path, cluster: Any, model: Path) -> None:
    recipe = _world(world, model)
    ended = rewarm(world, "run", "recipe.yaml", "--until", "dedupe", "--run-dir", "local")
    assert ended.returncode == 0, ended.stderr
    local = _manifests(world / "local")

    recipe["engine"] = {"kind": "ray", "address": cluster.address}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    run = subprocess.Popen(
        command("run", "recipe.yaml", "--until", "dedupe", "--run-dir", "ray"),
        cwd=world,
        env=environment(world),
        stderr=subprocess.PIPE,
        text=True,
    )
    lost = cluster.list_all_nodes()[1]
    while run.poll() is None and not list(world.glob("ray/steps/clean-*.partial/_units/*.json")):
        time.sleep(0.01)
    done = len(list(world.glob("ray/steps/clean-*.partial/_units/*.json")))
    assert run.poll() is None and 0 < done < SHARDS
    _kill(lost)
    _, said = run.communicate(timeout=240)
    assert run.returncode == 0, said
    assert _manifests(world / "ray") == local
    assert any(held["counts"].get("dropped") for name, held in local.items() if name.startswith("dedupe"))


def test_a_poisoned_shard_on_a_cluster(world: Path, cluster: Any, model: Path) -> None:
    recipe = _world(world, model, poisoned=True)
    recipe["engine"] = {"kind": "ray", "address": cluster.address, "retries": 1}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    stopped = rewarm(world, "run", "recipe.yaml", "--until", "dedupe")
    assert stopped.returncode == 1 and "clean: shard 00003" in stopped.stderr, stopped.stderr
    assert "failed 2 times" in stopped.stderr and "on_failed_shard: quarantine" in stopped.stderr

    recipe["engine"]["on_failed_shard"] = "quarantine"
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    ended = rewarm(world, "run", "recipe.yaml", "--until", "dedupe", "--run-dir", "ray")
    assert ended.returncode == 3 and "quarantined clean shard 00003 (60 documents" in ended.stderr

    recipe["engine"] = {"on_failed_shard": "quarantine", "retries": 1}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    here = rewarm(world, "run", "recipe.yaml", "--until", "dedupe", "--run-dir", "local")
    assert here.returncode == 3, here.stderr
    ray, local = _manifests(world / "ray"), _manifests(world / "local")
    # The ledger's row says how the worker died, which each engine words by itself.
    for held in (ray, local):
        clean = next(value for name, value in held.items() if name.startswith("clean"))
        assert clean["counts"]["quarantined_shards"] == 1
        assert clean["files"].pop("ledger/00003.parquet")
    assert _contents(ray) == _contents(local)


def _contents(manifests: dict[str, Any]) -> dict[str, Any]:
    """By step: the key of what follows a quarantined shard differs with the ledger's words."""
    return {name.split("-")[0]: held["files"] for name, held in manifests.items()}


def test_a_run_that_goes_on_without_a_shard_says_so_everywhere(world: Path, model: Path) -> None:
    recipe = _world(world, model, poisoned=True)
    recipe["engine"] = {"on_failed_shard": "quarantine", "retries": 0}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    ended = rewarm(world, "run", "recipe.yaml", "--json")
    assert ended.returncode == 3, ended.stderr
    clean = next(step for step in json.loads(ended.stdout)["steps"] if step["step"] == "clean")
    (row,) = clean["quarantined"]
    assert (row["shard"], row["documents"]) == ("00003", 60) and "SIGKILL" in row["reason"]
    assert json.loads(Path(world, clean["folder"], "_manifest.json").read_text())["quarantined"] == [row]
    page = (world / "runs/small/report/index.html").read_text()
    assert "shard.failed" in page and "lacks 1 shard" in page and "the tables disagree" not in page

    again = rewarm(world, "run", "recipe.yaml")
    assert again.returncode == 3 and "nothing to do" in again.stdout
    recipe["engine"] = "local"
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    strict = rewarm(world, "run", "recipe.yaml")
    assert strict.returncode == 1 and "stands without 1 shard" in strict.stderr


def test_without_a_cluster_a_letter(world: Path, model: Path) -> None:
    recipe = _world(world, model)
    recipe["engine"] = {"kind": "ray", "address": "127.0.0.1:1"}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    ended = rewarm(world, "run", "recipe.yaml", "--until", "collect")
    assert ended.returncode == 1 and "no Ray cluster at 127.0.0.1:1" in ended.stderr, ended.stderr
