"""`rewarm models` as a user runs it, and a plan with the catalogue's shapes."""

import json
from pathlib import Path

import pytest
import yaml
from command_line import document, rewarm

pytestmark = pytest.mark.slow


def test_candidates_reasons_and_advice(tmp_path: Path) -> None:
    asked = ("models", "--language", "zh", "--domain", "law", "--gpu", "rtx-4090", "--tokens", "5M")
    done = rewarm(tmp_path, *asked, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    first = found["candidates"][0]
    assert (
        first["training"] and first["days"] > 0 and first["reasons"] and first["source"].startswith("https")
    )
    assert first["points"] == max(row["points"] for row in found["candidates"])
    assert found["advice"][0]["question"] == "base or chat model?"
    assert "meta-llama/Llama-3.1-8B" in found["left_out"] and "internlm/internlm2_5-7b" in found["left_out"]
    shown = rewarm(tmp_path, *asked, "--why", "--top", "2", "--all")
    assert first["id"] in shown.stdout and "zh is a main language" in shown.stdout
    assert "left out  meta-llama/Llama-3.1-8B" in shown.stdout and "source: " in shown.stdout


def test_own_text_is_measured_with_a_model_of_this_machine(tmp_path: Path, model: Path) -> None:
    for kind in ("law", "api"):
        rows = [json.dumps({"text": document(kind, number)}) for number in range(8)]
        (tmp_path / f"{kind}.jsonl").write_text("\n".join(rows) + "\n")
    asked = ("--text", "law.jsonl", "--general", "api.jsonl", "--loss", str(model))
    done = rewarm(
        tmp_path, "models", *asked, "--base", "Qwen/Qwen3-8B", "--teacher", "Qwen/Qwen3-4B", "--json"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["language"] == "zh" and str(model) in found["fertility"]
    (measured,) = found["measured"]
    assert measured["bits_per_byte"] > 0 and measured["general_bits_per_byte"] > 0
    notes = " ".join(found["notes"])
    assert "take Qwen/Qwen3-8B-Base" in notes and "is not larger than the base" in notes
    answer = next(row["answer"] for row in found["advice"] if "know the domain" in row["question"])
    assert "not measured" not in answer


def test_wrong_questions_are_named(tmp_path: Path) -> None:
    for arguments, code, said in (
        (("--language", "xx"), 1, "'xx' is in no entry"),
        (("--domain", "laws"), 2, "'laws' is not one of"),
        (("--loss", "model"), 2, "--loss needs --text"),
        (("--teacher", "model"), 2, "--teacher needs --base"),
        (("--gpu", "h1"), 1, "'h1' is not one of"),
        (("--text", "none.jsonl"), 1, "no text found"),
    ):
        wrong = rewarm(tmp_path, "models", *arguments)
        assert wrong.returncode == code and said in wrong.stderr, (arguments, wrong.stderr)
    assert "judged by mmlu" in rewarm(tmp_path, "models", "--domain", "list").stdout


def test_a_plan_has_the_exact_shapes_of_a_listed_base(shared_world: Path, tmp_path: Path) -> None:
    recipe = yaml.safe_load((shared_world / "recipe.yaml").read_text())
    recipe["model"] = "Qwen/Qwen3-14B-Base"
    (shared_world / "listed.yaml").write_text(yaml.safe_dump(recipe))
    done = rewarm(shared_world, "plan", "listed.yaml", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert any("catalogue of base models" in note for note in found["notes"])
    work = next(row for row in found["figures"] if row["name"] == "work per token")
    # 14,768,307,200 weights without the embedding of 151,936 x 5,120, which is looked up.
    assert "6 x 14B" in work["formula"] and "40 layers x 5120" in work["formula"]
