"""What is handed on: every file of the model, also those that lie in folders of their own."""

import json
from pathlib import Path

from rewarm.corpus.work import Work
from rewarm.export.step import run

CONFIG = {"name": "small", "model": "base", "model_licence": "MIT", "sources": []}


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
    work = Work("export", tmp_path / "out", CONFIG, inputs)
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
    run(Work("export", tmp_path / "out", CONFIG, inputs))
    new = tmp_path / "new"
    new.touch()
    modes = {path.stat().st_mode for path in (tmp_path / "out/model").iterdir()}
    assert modes == {new.stat().st_mode}
