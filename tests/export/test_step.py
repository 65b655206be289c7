"""What is handed on: every file of the model, also those that lie in folders of their own."""

import json
from pathlib import Path

from rewarm.engine.work import Work
from rewarm.export.step import run

CONFIG = {"name": "small", "model": "base", "model_licence": "MIT", "most_forgetting": 0.1, "sources": []}


def export(folder: Path, inputs: dict[str, Path]) -> Work:
    files = {name: inputs["train"] / name for name in ("model", "adapter")}
    files["continued"] = inputs["train"] / "continued.json"
    files |= {"channels": inputs["evaluate"] / "channels.json", "shares": inputs["mix"] / "plan.json"}
    tables = {name: [path] for name, path in files.items()}
    return Work("export", folder / "out", CONFIG, tables=tables)


def test_files_in_folders_go_along_and_a_second_call_changes_nothing(tmp_path: Path) -> None:
    inputs = {name: tmp_path / name for name in ("train", "evaluate", "mix")}
    template = inputs["train"] / "model/additional_chat_templates/tool_use.jinja"
    template.parent.mkdir(parents=True)
    template.write_text("{{ messages }}")
    (inputs["train"] / "model/config.json").write_text("{}")
    for name, file, content in (("evaluate", "channels.json", {"channels": []}), ("mix", "plan.json", {})):
        inputs[name].mkdir()
        (inputs[name] / file).write_text(json.dumps(content))
    (tmp_path / "out").mkdir()
    work = export(tmp_path, inputs)
    assert run(work) == run(work) == {"files": 3}
    model = tmp_path / "out/model"
    assert (model / "additional_chat_templates/tool_use.jinja").read_text() == "{{ messages }}"
    assert (model / "config.json").is_file() and "# small" in (model / "README.md").read_text()


def test_exported_files_are_as_readable_as_new_ones(tmp_path: Path) -> None:
    inputs = {name: tmp_path / name for name in ("train", "evaluate", "mix")}
    (inputs["train"] / "model").mkdir(parents=True)
    weights = inputs["train"] / "model/model.safetensors"
    weights.write_bytes(b"")
    weights.chmod(0o600)
    for name, file, content in (("evaluate", "channels.json", {"channels": []}), ("mix", "plan.json", {})):
        inputs[name].mkdir()
        (inputs[name] / file).write_text(json.dumps(content))
    (tmp_path / "out").mkdir()
    run(export(tmp_path, inputs))
    new = tmp_path / "new"
    new.touch()
    modes = {path.stat().st_mode for path in (tmp_path / "out/model").iterdir()}
    assert modes == {new.stat().st_mode}


def test_the_card_of_a_model_that_is_worse_than_its_base_says_so_first(tmp_path: Path) -> None:
    inputs = {name: tmp_path / name for name in ("train", "evaluate", "mix")}
    for folder in inputs.values():
        folder.mkdir()
    change = {"nats": 2.0, "bits_per_byte": 1.0, "low": 0.9, "high": 1.1}
    sums = {"nats": 2.0, "bits_per_byte": 1.0}
    channel = {
        "axis": "task",
        "value": "domain",
        "documents": 4,
        "tokens": 9,
        "bytes": 30,
        "before": sums,
        "after": sums,
    }
    (inputs["evaluate"] / "channels.json").write_text(
        json.dumps({"channels": [{**channel, "change": change}]})
    )
    (inputs["mix"] / "plan.json").write_text("{}")
    (tmp_path / "out/model").mkdir(parents=True)
    run(export(tmp_path, inputs))
    card = (tmp_path / "out/model/README.md").read_text()
    assert (
        card.split("# small")[1].strip().startswith("**This model is worse than its base.** The domain got")
    )
