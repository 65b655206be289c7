"""Commands that fit after a run: look for a better model between base and result, generate, serve, fine-tune.

Options are those of vLLM 0.30, llama.cpp, LLaMA-Factory 0.9.5 and ms-swift 4.6, as few as each needs: the
first three read chat template and architecture from the model's folder. Fine-tuning uses the run's questions
if `synthesize` made some; otherwise `SFT.jsonl`, or DATASET in FOLDER, are placeholders for the user's data.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rewarm.report import summary, swift_options
from rewarm.runs.run import Run
from rewarm.statistics.outcome import LEARN

_PROMPT = "The"
_OWN = "SFT.jsonl"


@dataclass(frozen=True, slots=True)
class NextCommand:
    """purpose: merge, generate, serve or fine-tune; tool: the program; command: for a POSIX shell."""

    purpose: str
    tool: str
    command: str


def of_runs(runs: Sequence[Run]) -> list[NextCommand]:
    """The commands after one finished run; for several, of which one is to be chosen first, and for a model
    that is worse than its base, only the one that compares merges with the base."""
    finished = [run for run in runs if (run.path / "model").exists()]
    merge = _merge(finished) if finished and all(map(_has_front, finished)) else []
    if len(runs) != 1 or not finished or summary.worse(runs[0]):
        return merge
    run = runs[0]
    model = run.path / "model"
    name = _name(run)
    path, gguf = str(model), f"{name}.gguf"
    prompts = (run.json("complete", "completions.json") or {}).get("completions", [])
    prompt = prompts[0]["prompt"] if prompts else _PROMPT
    # Double quotes inside, so that the shell's quotes around it stay readable.
    folder, start = (json.dumps(text, ensure_ascii=False) for text in (path, prompt))
    code = (
        "from transformers import pipeline; "
        f'print(pipeline("text-generation", {folder})({start}, max_new_tokens=64)[0]["generated_text"])'
    )
    synthesized = run.steps.get("synthesize")
    has_questions = synthesized is not None and (synthesized.path / "questions").is_dir()
    questions = f"{name}-sft"
    found = [
        *merge,
        NextCommand("generate", "transformers", shlex.join(["python", "-c", code])),
        NextCommand("serve", "vLLM", shlex.join(["vllm", "serve", path, "--served-model-name", name])),
        NextCommand(
            "serve",
            "llama.cpp",
            shlex.join(["python", "llama.cpp/convert_hf_to_gguf.py", path, "--outfile", gguf])
            + " && "
            + shlex.join(["llama-server", "-m", gguf, "--alias", name, "--port", "8080"]),
        ),
    ]
    if has_questions:
        # questions.jsonl as conversations, which ms-swift reads too, and dataset_info.json.
        command = shlex.join(["rewarm", "sft", str(run.path), questions, "--to", "llama-factory"])
        found.append(NextCommand("fine-tune", "questions", command))
    data = f"{run.record.name or 'rewarm'}_questions" if has_questions else "DATASET"
    data_folder = questions if has_questions else "FOLDER"
    records = f"{questions}/questions.jsonl" if has_questions else _OWN
    factory = ["llamafactory-cli", "train", "--stage", "sft", "--do_train", "--finetuning_type", "lora",
               "--model_name_or_path", path, "--dataset_dir", data_folder, "--dataset", data,
               "--output_dir", f"{name}-lora"]  # fmt: skip
    found.append(NextCommand("fine-tune", "LLaMA-Factory", shlex.join(factory)))
    options = swift_options.of_model(model)
    if options is not None:
        swift = ["swift", "sft", "--model", path, *options, "--dataset", records,
                 "--output_dir", f"{name}-lora"]  # fmt: skip
        found.append(NextCommand("fine-tune", "ms-swift", shlex.join(swift)))
    return found


def _has_front(run: Run) -> bool:
    """Whether held-out text of the domain and of something else was measured."""
    tasks = {row.value for row in run.evaluation[0] if row.axis == "task"}
    return LEARN in tasks and len(tasks) > 1


def _merge(runs: Sequence[Run]) -> list[NextCommand]:
    paths = [str(run.path) for run in runs]
    name = _name(runs[0]) if len(runs) == 1 else runs[0].record.name or "model"
    command = ["rewarm", "merge", "front", *paths, "--write", f"{name}-merged"]
    return [NextCommand("merge", "rewarm", shlex.join(command))]


def lines(commands: list[NextCommand]) -> list[str]:
    """A line a command: what for, then the command."""
    return [f"{one.purpose:<10}{one.command}" for one in commands]


def _name(run: Run) -> str:
    return "-".join(part for part in (run.record.name or Path(run.path).name, run.record.variant) if part)
