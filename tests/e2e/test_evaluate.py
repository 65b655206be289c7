"""`rewarm evaluate`: a run with tasks, two models without a run, wrong input, exit codes."""

import json
import shutil
from math import log
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from command_line import rewarm
from scripted_server import ScriptedServer

from rewarm.corpus.tables import task_results
from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(shared_world: Path, model: Path) -> Path:
    """A folder with a finished run `runs/small`, and two files of items. The recipe names its base by a
    relative path."""
    shutil.copytree(model, shared_world / "base")
    recipe = (shared_world / "recipe.yaml").read_text().replace(str(model), "base")
    (shared_world / "recipe.yaml").write_text(
        recipe.replace("checkpoint_updates: 2", "checkpoint_updates: 2\n  keep_every: 4\n  keep_last: true")
    )
    done = rewarm(shared_world, "run", "recipe.yaml")
    assert done.returncode in (0, 4), done.stderr
    words = ["server", "backup", "volume", "error", "key"]
    rows = [
        {"id": f"w{number}", "question": f"Item {number}: the server stores a", "options": words,
         "answer": number % 5, "group": "api"}
        for number in range(25)
    ]  # fmt: skip
    (shared_world / "words.jsonl").write_text("\n".join(map(json.dumps, rows)))
    blanks = [{"question": "第____条规定当事人应当履行义务", "options": ["三", "十"], "answer": 0}] * 2
    (shared_world / "blanks.jsonl").write_text("\n".join(map(json.dumps, blanks)))
    texts = [{"text": f"the server stores backup {n}", "labels": {"task": "general"}} for n in range(12)]
    (shared_world / "texts.jsonl").write_text("\n".join(map(json.dumps, texts)))
    return shared_world


def test_a_run_is_evaluated_with_its_checkpoints_and_again_from_kept_scores(trained: Path) -> None:
    arguments = ("evaluate", "runs/small", "--task", "words=words.jsonl", "--task", "blanks=blanks.jsonl")
    done = rewarm(trained, *arguments)
    assert done.returncode == 0, done.stderr
    assert "words" in done.stdout and "written   runs/small/evaluation" in done.stdout
    folder = trained / "runs/small/evaluation"
    rows, about = task_results.read(folder / "tasks.json")
    assert [row.task for row in rows] == ["words", "blanks"] and rows[0].items == 25
    assert about["result"].endswith("model")
    scored = {path: path.stat().st_mtime_ns for path in (folder / "scores").rglob("*.parquet")}
    states = Run(trained / "runs/small").states[-4:]
    # One form, so one table for base, result and each checkpoint but the last, which is the result.
    assert len(states) == 4 and len(list((folder / "scores/blanks").iterdir())) == 2 + 3
    assert rows[0].noise == rows[0].noise and rows[0].bits_noise > 0
    verdict = json.loads((folder / "verdict.json").read_text())
    named = [
        line["name"]
        for part in ("learned", "retained", "forgotten", "not_measurable")
        for line in verdict[part]
    ]
    assert {"task domain", "task general", "words", "blanks"} <= set(named)
    channels = json.loads((folder / "channels.json").read_text())
    assert channels["channels"][0]["after"]["perplexity"] > 1
    curve = [row for row in channels["checkpoints"] if (row["axis"], row["value"]) == ("task", "domain")]
    assert [row["update"] for row in curve] == [state.updates for state in states]
    # The last kept checkpoint is the result: the recipe keeps the last update.
    domain = next(row for row in channels["channels"] if (row["axis"], row["value"]) == ("task", "domain"))
    assert curve[-1]["bits_per_byte"] == pytest.approx(domain["after"]["bits_per_byte"], rel=1e-4)
    assert curve[0]["bits_per_byte"] > curve[-1]["bits_per_byte"]
    changed = channels["documents"]["lost"] + channels["documents"]["gained"]
    assert changed and all(row["text"] for row in changed)
    ids = {line["id"] for line in map(json.loads, (folder / "items.jsonl").read_text().splitlines())}
    assert ids == {name for row in rows for name in row.lost + row.gained}
    none = rewarm(trained, "attribute", "runs/small", "--task", "none")
    assert none.returncode == 1 and "the result lost no item of task none" in none.stderr
    again = rewarm(trained, *arguments, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["tasks"] == [task_results.plain(row) for row in rows]
    assert scored == {path: path.stat().st_mtime_ns for path in (folder / "scores").rglob("*.parquet")}


def test_the_curves_of_a_run_are_read(trained: Path) -> None:
    done = rewarm(trained, "diagnose", "runs/small", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rules = {(row["rule"], row["channel"]): row for row in found["findings"]}
    # An untrained base learns both sources, so the general one is new to it.
    assert rules["domain-falls", "source law"]["evidence"]["change"] < -0.05
    assert rules["general-falls", "source api"]["severity"] == "warning"
    assert "general-falls (source api)" in found["pattern"]
    page = (trained / "runs/small/report/index.html").read_text()
    assert "What the curves say" in page and "general-falls" in page


def test_what_was_lost_is_attributed_to_training_documents(trained: Path) -> None:
    run = Run(trained / "runs/small")
    trained_on = {part.id: part for update in range(3) for part in run.update(update).documents}
    wanted = next(part for part in trained_on.values() if part.source == "law")
    text = run.explain(wanted.id).text
    done = rewarm(trained, "attribute", "runs/small", "--text", text, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["documents"][0]["document"] == wanted.id and found["documents"][0]["updates"]
    assert found["sources"][0]["source"] == "law" and found["sources"][0]["share"] > 0.9
    assert abs(sum(row["trained"] for row in found["sources"]) - 1) < 1e-9


def test_gradients_say_what_raised_the_loss_of_a_text(trained: Path) -> None:
    run = Run(trained / "runs/small")
    part = next(part for part in run.update(0).documents if part.source == "law")
    done = rewarm(
        trained, "attribute", "runs/small", "--text", run.explain(part.id).text, "--gradient",
        "--candidates", "24", "--device", "cpu", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # Training on the text itself lowered its loss, whatever else did.
    assert found["lowered"][0]["document"] == part.id and found["lowered"][0]["influence"] > 0
    assert all(row["influence"] < 0 for row in found["raised"])
    law = next(row for row in found["sources"] if row["source"] == "law")
    assert law["influence"] > 0 and law["harm"] == 0
    assert abs(sum(row["harm"] for row in found["sources"]) - 1) < 1e-9


def test_a_channel_is_asked_about_by_its_held_out_documents(trained: Path) -> None:
    unknown = rewarm(trained, "attribute", "runs/small", "--channel", "source=none")
    assert unknown.returncode == 1 and "is not one of language=en" in unknown.stderr
    asked = rewarm(trained, "attribute", "runs/small", "--channel", "source=api", "--json")
    if asked.returncode:
        assert "the loss of no held-out document of source=api rose" in asked.stderr
    else:
        assert json.loads(asked.stdout)["queries"] > 0


def test_the_bases_mix_is_shown_beside_the_runs(trained: Path) -> None:
    done = rewarm(trained, "base-mix", "runs/small", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    title, *rows, last = done.stdout.splitlines()
    assert title.split()[:2] == ["source", "base"] and "this run" in title
    assert {row.split()[0] for row in rows} == {"law", "api"} and "these sources only" in last
    found = json.loads(rewarm(trained, "base-mix", "runs/small", "--device", "cpu", "--json").stdout)
    assert abs(sum(row["share"] for row in found["sources"]) - 1) < 1e-6
    assert abs(sum(row["mix"] for row in found["sources"]) - 1) < 1e-6
    losses = {row.value: row.before_nats for row in Run(trained / "runs/small").evaluation[0]}
    for row in found["sources"]:
        assert 0 <= row["low"] <= row["high"] <= 1 and row["documents"] >= 5
        assert abs(row["loss"] - losses[row["source"]]) < 0.3


def test_a_base_without_texts_is_no_run(trained: Path) -> None:
    done = rewarm(trained, "base-mix", "runs/small/model")
    assert done.returncode == 2 and "is not a run directory, so give kinds of text" in done.stderr


def test_fail_on_sets_the_exit_code(trained: Path) -> None:
    done = rewarm(trained, "evaluate", "runs/small", "--fail-on", "learning<1000")
    assert done.returncode == 4 and "learning is" in done.stderr
    assert rewarm(trained, "evaluate", "runs/small", "--fail-on", "learning>1000").returncode == 0


def test_two_models_without_a_run(trained: Path, model: Path) -> None:
    result = trained / "runs/small/model"
    done = rewarm(
        trained, "evaluate", "--base", model, "--result", result, "--task", "words=words.jsonl",
        "--heldout", "texts.jsonl", "--out", "compared", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["channels"]["same_tokenizer"] is True
    assert [row["value"] for row in found["channels"]["channels"] if row["axis"] == "task"] == ["general"]
    assert (trained / "compared/verdict.json").exists()
    same = rewarm(trained, "evaluate", "--base", model, "--result", model, "--task", "words=words.jsonl",
                  "--out", "same", "--json")  # fmt: skip
    (row,) = json.loads(same.stdout)["tasks"]
    assert row["lost"] == row["gained"] == [] and row["bits_change"] == 0 and row["p"] == 1


def test_models_with_two_tokenizers_are_compared_in_bytes_only(trained: Path, model: Path) -> None:
    other, tokenizer = tiny_model.build(trained / "other", ["the server stores a backup"], vocabulary=300)
    tokenizer.save_pretrained(trained / "other")
    done = rewarm(
        trained, "evaluate", "--base", model, "--result", "other", "--task", "words=words.jsonl",
        "--heldout", "texts.jsonl", "--out", "two", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "two tokenizers: nats per token and perplexity do not compare" in done.stderr
    found = json.loads(done.stdout)
    (row,) = [row for row in found["channels"]["channels"] if row["axis"] == "task"]
    assert found["channels"]["same_tokenizer"] is False
    assert row["after"]["perplexity"] is row["before"]["perplexity"] is row["change"]["nats"] is None
    texts = [json.loads(line)["text"] for line in (trained / "texts.jsonl").read_text().splitlines()]
    bits = 0.0
    for text in texts:
        ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer(text)["input_ids"]]])
        with torch.no_grad():
            bits += float(other(ids, labels=ids).loss) * (ids.shape[1] - 1) / log(2)
    assert row["after"]["bits_per_byte"] == pytest.approx(bits / sum(len(text) for text in texts), rel=1e-4)
    assert found["tasks"][0]["items"] == 25


def test_questions_are_reworded_by_a_served_model(trained: Path, model: Path) -> None:
    def reworded(body: dict[str, Any]) -> str:
        question = body["messages"][1]["content"].splitlines()[1]
        number = question.split()[1].rstrip(":")
        return "no" if number == "3" else json.dumps({"question": f"Complete item {number}: servers store a"})

    server = ScriptedServer(reworded)
    settings = {"url": server.url, "model": "m", "cache": str(trained / "llm-cache"), "backoff": 0.01}
    (trained / "llm.yaml").write_text(json.dumps(settings))
    arguments = ("evaluate", "--base", model, "--result", trained / "runs/small/model", "--task",
                 "words=words.jsonl", "--reform", "paraphrase", "--leaks", "--out", "reworded")  # fmt: skip
    refused = rewarm(trained, *arguments)
    assert refused.returncode == 1 and "describe it with --llm FILE" in refused.stderr
    done = rewarm(trained, *arguments, "--llm", "llm.yaml", "--json")
    asked = len(server.bodies)
    again = rewarm(trained, *arguments, "--llm", "llm.yaml", "--json")
    assert len(server.bodies) == asked, "answers are kept"
    server.close()
    assert done.returncode == again.returncode == 0, done.stderr
    found = json.loads(done.stdout)["probes"]
    assert json.loads(again.stdout)["probes"] == found
    (judgement,) = [row for row in found["reforms"][0]["judgements"] if row["reform"] == "paraphrase"]
    assert judgement["items"] == 24 and judgement["left_out"] == 1
    rows = {row["name"]: row for row in found["leaks"][0]["supporting"]}
    assert 0 < rows["paraphrase"]["p"] <= 1 and "paraphrased" in found["leaks"][0]["drops"]


def test_a_dry_run_counts_items_and_loads_no_model(trained: Path) -> None:
    done = rewarm(trained, "evaluate", "--base", "none", "--result", "none", "--task", "words=words.jsonl",
                  "--dry-run", "--limit", "7")  # fmt: skip
    assert done.returncode == 0 and done.stdout.split() == ["words", "7", "items", "choice", "0", "examples"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("evaluate",), 2, "give either a RUN, or both --base and --result"),
        (("evaluate", "runs/small", "--base", "m"), 2, "give either a RUN"),
        (("evaluate", "runs/none"), 1, "is not a run"),
        (
            ("evaluate", "--base", "law", "--result", "law", "--task", "words=words.jsonl"),
            1,
            "no config.json",
        ),
        (("evaluate", "--base", "law", "--result", "law"), 1, "nothing to evaluate"),
        (("evaluate", "runs/small", "--task", "words"), 1, "give NAME=PATH"),
        (("evaluate", "runs/small", "--task", "bad=bad.jsonl"), 1, "record 1: answer: 9 is not a position"),
        (("evaluate", "runs/small", "--tasks", "bad.yaml"), 1, "is not a list of tasks"),
        (("evaluate", "runs/small", "--tasks", "wrong.yaml"), 1, "form"),
        (("evaluate", "runs/small", "--fail-on", "ability>1"), 1, "not understood"),
    ],
)
def test_wrong_input_is_named(trained: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    (trained / "bad.jsonl").write_text(json.dumps({"question": "q", "options": ["a", "b"], "answer": 9}))
    (trained / "bad.yaml").write_text("tasks: 3")
    (trained / "wrong.yaml").write_text("- {name: t, path: words.jsonl, form: digits}")
    done = rewarm(trained, *arguments)
    assert done.returncode == code and said in done.stderr and "Traceback" not in done.stderr


def test_tasks_of_the_recipe_are_checked_before_training_and_evaluated_after_it(trained: Path) -> None:
    text = (trained / "recipe.yaml").read_text()
    (trained / "bad.jsonl").write_text(json.dumps({"question": "q", "options": ["a", "b"], "answer": 9}))
    evaluate = "evaluate:\n  tasks: [{name: words, path: FILE}]\n  bootstrap: 100"
    (trained / "wrong.yaml").write_text(
        text.replace("evaluate:\n  bootstrap: 100", evaluate.replace("FILE", "bad.jsonl"))
    )
    wrong = rewarm(trained, "run", "wrong.yaml", "--run-dir", "runs/small")
    assert wrong.returncode == 1 and "record 1: answer: 9" in wrong.stderr and "tasks[0].path" in wrong.stderr
    (trained / "with.yaml").write_text(
        text.replace("evaluate:\n  bootstrap: 100", evaluate.replace("FILE", "words.jsonl"))
    )
    done = rewarm(trained, "run", "with.yaml", "--run-dir", "runs/small", "--json")
    assert done.returncode in (0, 4), done.stderr
    found = json.loads(done.stdout)
    assert all(step["state"] == "done" for step in found["steps"]), "tasks are not part of a step's key"
    assert [row["task"] for row in found["evaluations"][0]["tasks"]] == ["words"]
    assert "words" in (trained / "runs/small/report/index.html").read_text()


def test_reforms_and_leaks_are_reported_and_kept(trained: Path, model: Path) -> None:
    arguments = (
        "evaluate", "--base", model, "--result", trained / "runs/small/model", "--task", "words=words.jsonl",
        "--out", "probed", "--reform", "shuffled_order,digits,retrieval_likelihood", "--leaks", "--json",
    )  # fmt: skip
    done = rewarm(trained, *arguments)
    assert done.returncode == 0, done.stderr
    probes = json.loads(done.stdout)["probes"]
    assert probes["reforms"][0]["task"] == probes["leaks"][0]["task"] == "words"
    assert probes["leaks"][0]["outcome"] in ("leaked", "no leak seen", "not measurable")
    folder = trained / "probed/scores/words"
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    assert len(kept) == 4
    again = rewarm(trained, *arguments)
    assert json.loads(again.stdout)["probes"] == probes
    assert kept == {
        path: path.stat().st_mtime_ns for path in (trained / "probed/scores/words").glob("*.json")
    }
    lines = rewarm(trained, *arguments[:-1]).stdout
    assert "words" in lines and "bits per byte, result − base" in lines
    wrong = rewarm(trained, *arguments[:9], "--reform", "letters")
    assert wrong.returncode == 1 and "'letters' is not one of default, shuffled_order" in wrong.stderr


def test_items_in_the_training_documents_are_found(trained: Path) -> None:
    """Questions copied from documents of the run are named with the document, and noted in the verdict."""
    texts = [json.loads(line)["text"] for line in (trained / "api/0.jsonl").read_text().splitlines()]
    long = [text for text in texts if len(text.split()) > 40][:30]
    rows = [{"question": " ".join(text.split()[:30]), "options": ["a", "b"], "answer": 0} for text in long]
    (trained / "copied.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = rewarm(trained, "evaluate", "runs/small", "--task", "copied=copied.jsonl", "--leaks", "--json",
                  "--checkpoints", "0")  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    leak = next(one for one in found["probes"]["leaks"] if one["task"] == "copied")
    assert leak["outcome"] == "leaked" and leak["provenance"]["fates"]["trained"] >= 1
    assert any("documents that were trained on" in note for note in found["verdict"]["notes"])
