"""The commands after a run: a shell can read them, the programs know their options, the first one works."""

import contextlib
import io
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.report import next_commands
from rewarm.runs.run import Run

# From the programs' own references: docs.vllm.ai/en/stable/cli/serve, tools/server/README.md and
# convert_hf_to_gguf.py --help of llama.cpp, llamafactory/hparams of LLaMA-Factory 0.9.5,
# swift/arguments of ms-swift 4.6.
KNOWN = {
    ("vllm", "serve"): {"--served-model-name"},
    ("python", "llama.cpp/convert_hf_to_gguf.py"): {"--outfile"},
    ("llama-server",): {"-m", "--alias", "--port"},
    ("llamafactory-cli", "train"): {
        "--stage", "--do_train", "--finetuning_type", "--model_name_or_path", "--dataset_dir", "--dataset",
        "--output_dir",
    },
    ("swift", "sft"): {"--model", "--model_type", "--template", "--dataset", "--output_dir"},
    ("rewarm", "sft"): {"--to"},
    ("rewarm", "merge", "front"): {"--write"},
    ("python", "-c"): set(),
}  # fmt: skip


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    root = tmp_path / "my runs/law"
    (root / "steps").mkdir(parents=True)
    (root / "model").mkdir()
    (root / "model/config.json").write_text('{"model_type": "llama"}')
    run_record.write(root / "run.json", RunRecord(name="law"))
    return root


def programs(commands: list[next_commands.NextCommand]) -> list[list[str]]:
    return [shlex.split(part) for one in commands for part in one.command.split(" && ")]


@pytest.mark.parametrize("questions", [False, True])
def test_options_are_documented_and_paths_quoted(finished: Path, questions: bool) -> None:
    if questions:
        folder = finished / "steps/synthesize-0"
        (folder / "questions").mkdir(parents=True)
        (folder / "_manifest.json").write_text('{"step": "synthesize", "content": "", "inputs": {}}')
        record = replace(run_record.read(finished / "run.json"), steps={"synthesize": "synthesize-0"})
        run_record.write(finished / "run.json", record)
    found = next_commands.of_runs([Run(finished)])
    assert [one.purpose for one in found] == ["generate", *["serve"] * 2, *["fine-tune"] * (2 + questions)]
    for words in programs(found):
        (start,) = (start for start in KNOWN if tuple(words[: len(start)]) == start)
        options = {word for word in words[len(start) :] if re.fullmatch(r"--?[a-z_-]+", word)}
        assert options <= KNOWN[start]
        if start[0] not in ("llama-server", "python"):
            assert str(finished if start[0] == "rewarm" else finished / "model") in words
    assert any("law-sft/questions.jsonl" in words for words in programs(found)) == questions


def test_the_command_that_generates_works(finished: Path, model: Path) -> None:
    shutil.copytree(model, finished / "model", dirs_exist_ok=True)
    (_, option, code), *_ = programs(next_commands.of_runs([Run(finished)]))
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(code.replace("max_new_tokens=64", "max_new_tokens=2"), {})
    assert option == "-c" and said.getvalue().startswith("The")


def test_a_run_with_domain_and_general_text_is_first_compared_with_merges(run) -> None:
    (run.folder / "model").mkdir()
    (first, *rest) = next_commands.of_runs([Run(run.folder)])
    words = ["rewarm", "merge", "front", str(run.folder), "--write", "statutes-merged"]
    assert shlex.split(first.command) == words and rest


def test_variants_are_compared_in_one_front(run) -> None:
    paths = [run.variant(name, {"domain": -0.1, "general": 0.2}) for name in ("naive", "replay")]
    for path in paths:
        (path / "model").mkdir()
    (only,) = next_commands.of_runs(list(map(Run, paths)))
    words = ["rewarm", "merge", "front", *map(str, paths), "--write", "statutes-merged"]
    assert shlex.split(only.command) == words


def test_a_worse_model_is_only_merged(run, monkeypatch: pytest.MonkeyPatch) -> None:
    (run.folder / "model").mkdir()
    monkeypatch.setattr("rewarm.report.summary.worse", lambda _: True)
    assert [one.purpose for one in next_commands.of_runs([Run(run.folder)])] == ["merge"]


def test_nothing_to_merge_without_held_out_text_of_both_kinds(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_commands.of_runs([Run(finished), Run(finished)]) == []
    monkeypatch.setattr("rewarm.report.summary.worse", lambda _: True)
    assert next_commands.of_runs([Run(finished)]) == []
