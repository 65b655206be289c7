"""Prompts of a recipe: read from the recipe or a file, completed by base and result, shown in the report."""

import json
import shutil
from pathlib import Path

import pytest

from rewarm.engine.step import Context
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.evaluate import completions, prompts
from rewarm.pipeline import step_list
from rewarm.recipe import reading

CONFIG = {"prompts": ["the server", "法律规定"], "max_new_tokens": 6, "chat": False, "device": "cpu"}


@pytest.fixture(scope="module")
def result(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model with other weights in its last norm: it completes differently."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = tmp_path_factory.mktemp("result")
    shutil.copytree(model, folder, dirs_exist_ok=True)
    weights = load_file(folder / "model.safetensors")
    torch.manual_seed(1)
    weights["model.norm.weight"] = torch.randn_like(weights["model.norm.weight"])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def made(folder: Path, base: Path, result: Path, **changes: object) -> Work:
    folder.mkdir(exist_ok=True)
    return Work("complete", folder, {**CONFIG, **changes}, {"base_model": [base], "model": [result]})


def test_base_and_result_complete_the_same_prompts(model: Path, result: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    assert completions.run(made(tmp_path / "a", model, result)) == {"prompts": 2, "changed": 2}
    completions.run(made(tmp_path / "b", model, result))
    first, again = ((tmp_path / name / completions.FILE).read_text() for name in "ab")
    assert first == again
    rows = json.loads(first)["completions"]
    assert [row["prompt"] for row in rows] == CONFIG["prompts"]
    tokenizer, network = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(result)
    ids = tokenizer("the server", return_tensors="pt")["input_ids"]
    expected = network.generate(ids, max_new_tokens=6, do_sample=False)[0, ids.shape[1] :]
    assert rows[0]["result"] == tokenizer.decode(expected, skip_special_tokens=True) != rows[0]["base"]


def test_chat_prompts_need_a_chat_template(model: Path, tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match=r"tokenizer of the base .* has no chat template"):
        completions.run(made(tmp_path / "a", model, model, chat=True))


def test_prompts_from_files(tmp_path: Path) -> None:
    lines, records = tmp_path / "prompts.txt", tmp_path / "prompts.jsonl"
    lines.write_text("one\n\n two \n", encoding="utf-8")
    records.write_text('{"prompt": "a\\nb"}\n', encoding="utf-8")
    assert prompts.read(lines) == ["one", " two "] and prompts.read(records) == ["a\nb"]
    assert prompts.read(["given"]) == ["given"]
    records.write_text('{"prompt": "a"}\n{"text": "b"}\n', encoding="utf-8")
    with pytest.raises(RewarmError, match=r"prompts.jsonl:2  no text in the field `prompt`"):
        prompts.read(records)
    lines.write_text("\n")
    with pytest.raises(RewarmError, match="is empty"):
        prompts.read(lines)
    with pytest.raises(RewarmError, match="cannot be read"):
        prompts.read(tmp_path / "absent.txt")


RECIPE = """
name: case
model: owner/base
sources: [{name: a, path: a.txt, labels: {task: domain}}]
stages: [{name: adapt, tokens: 40k, mix: {a: 1}}]
"""


def test_the_step_exists_only_with_prompts_and_reads_base_and_result(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    assert "complete" not in [one.step.name for one in step_list.of_recipe(reading.load(path))]
    recipe = reading.load(path, {"evaluate.prompts": "prompts.txt"})
    assert recipe.evaluate.prompts == tmp_path / "prompts.txt"
    linked = {one.step.name: one for one in step_list.of_recipe(recipe)}["complete"]
    assert [read.name for read in linked.reads] == ["model", "train/model"]
    (tmp_path / "prompts.txt").write_text("one\n")
    assert linked.step.configure is not None
    config = linked.step.configure(recipe, Context([])).in_key
    assert config == {"prompts": ["one"], "max_new_tokens": 128, "chat": False}
