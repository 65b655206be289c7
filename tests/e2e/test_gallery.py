"""Every recipe of examples/ is planned, and three are run, with local files and a small model for its own.

Only sources, model and sizes are exchanged, through `--set`, as a user would try a recipe out.
"""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from command_line import document, rewarm

from rewarm.cli.main import cli

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
DOCUMENTS = 80


def stand_ins(path: Path, model: Path, folder: Path) -> list[str]:
    """Options that give the recipe at `path` files of DOCUMENTS made documents for each source."""
    given = {"model": str(model), "train.device": "cpu", "synthesize.enabled": False, "vocabulary": None}
    for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
        file = folder / f"{source['name']}.jsonl"
        kind = "law" if source["labels"]["language"] == "zh" else "api"
        rows = [{"text": document(kind, 1_000 * len(given) + number)} for number in range(DOCUMENTS)]
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        kept = {key: source[key] for key in ("name", "labels", "licence")}
        given[f"sources.{source['name']}"] = {**kept, "path": str(file)}
    options = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in given.items()]
    return [part for option in options for part in ("--set", option)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_planned(path: Path, model: Path, tmp_path: Path) -> None:
    options = stand_ins(path, model, tmp_path)
    folder = str(tmp_path / "run")
    ended = CliRunner().invoke(cli, ["run", str(path), "--dry-run", "--json", "--run-dir", folder, *options])
    found = json.loads(ended.stdout)
    errors = [one for one in found["findings"] if one["severity"] == "error"]
    assert ended.exit_code == 0 and not errors, errors
    if path.stem == "quickstart":  # the first thing that a user sees
        assert not [one for one in found["findings"] if one["check"].startswith("mix.no")]
    steps = [one["step"] for one in found["steps"]]
    assert steps[0] == "collect" and {"pack", "train", "evaluate"} <= set(steps)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chat-logs", "medicine", "consumer-cards"])
def test_three_examples_run_to_their_report(name: str, model: Path, tmp_path: Path) -> None:
    (path,) = [path for path in EXAMPLES if path.stem == name]
    options = stand_ins(path, model, tmp_path)
    for stage in ("adapt", "anneal"):
        options += ["--set", f"stages.{stage}.tokens=2k"]
    for size in ("pack.seq_len=64", "train.batch_tokens=256", "train.micro_batch=4", "train.precision=fp32"):
        options += ["--set", size]
    options += ["--set", "redact.enabled=false", "--set", "evaluate.bootstrap=100"]
    ended = rewarm(tmp_path, "run", str(path), "--run-dir", str(tmp_path / "run"), *options)
    assert ended.returncode in (0, 4), ended.stderr  # random words teach this model nothing
    assert (tmp_path / "run/report/index.html").exists() and (tmp_path / "run/model").is_dir()
