"""What preflight finds about the teacher of `synthesize`, without asking it anything."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rewarm.pipeline.preflight import teacher
from rewarm.pipeline.preflight.subject import Subject
from rewarm.pipeline.preflight.survey import Survey
from rewarm.recipe import reading


def found(folder: Path, source: dict[str, Any], **asked: Any) -> list[tuple[str, str]]:
    recipe = {
        "name": "r", "model": "m",
        "sources": [{"name": "law", "path": "law", "labels": {"task": "domain"}, **source}],
        "stages": [{"name": "adapt", "tokens": 1000, "mix": {"law": 1}}],
        "synthesize": {"enabled": True, "teacher": {"model": "big", **asked}},
    }  # fmt: skip
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe))
    subject = Subject(reading.load(path), path, folder / "run", "", None, reading.lines(path), Survey(1))
    return [(finding.severity, finding.check) for finding in teacher.check(subject)]


def test_a_server_here_and_redacted_sources_are_fine(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []


def test_text_that_leaves_the_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    assert found(tmp_path, {}, url="https://models.example/v1", key="MY_KEY") == [
        ("warning", "teacher.elsewhere")
    ]


def test_a_missing_key_and_unredacted_sources_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    seen = found(tmp_path, {}, url="https://models.example/v1", key="MY_KEY")
    assert ("error", "teacher.key") in seen
    assert found(tmp_path, {"redact": "none"}) == [("error", "teacher.sources")]


def test_a_missing_package_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher, "find_spec", lambda name: None)
    assert found(tmp_path, {}) == [("error", "extras")]
