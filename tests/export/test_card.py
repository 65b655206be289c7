"""The model card: what the Hub accepts as metadata, and no path of the machine."""

from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from huggingface_hub.utils import validate_repo_id

from rewarm.export.card import card

SOURCES = [
    {"name": "law", "labels": {"language": "zh", "task": "domain"}, "licence": "public domain"},
    {"name": "code", "labels": {"language": "code", "task": "code"}, "licence": "PSF-2.0"},
    {"name": "mail|list", "labels": {"language": "EN"}, "licence": "not stated"},
]
SIDE = {"nats": 2.0, "bits_per_byte": 0.9}
RESULT = {
    "channels": [
        {
            "axis": "task",
            "value": "domain",
            "documents": 12,
            "tokens": 3456,
            "bytes": 12345,
            "before": SIDE,
            "after": {"nats": 1.5, "bits_per_byte": 0.7},
            "change": {"bits_per_byte": -0.2, "low": None, "high": None},
        }
    ]
}
PLAN = {"adapt": {"law": {"tokens": 100, "epochs": 1.0}}}


def made(model: str, licence: str = "Apache-2.0", base_model: str | None = None) -> ModelCard:
    config: dict[str, Any] = {"name": "run", "model": model, "model_licence": licence, "sources": SOURCES}
    return ModelCard(card({**config, "base_model": base_model}, PLAN, RESULT))


@pytest.mark.parametrize(
    ("stated", "license", "name"),
    [
        ("Apache-2.0", "apache-2.0", None),
        ("MIT", "mit", None),
        ("Gemma terms of use", "other", "gemma-terms-of-use"),
        ("not stated", None, None),
    ],
)
def test_licences_are_identifiers_of_the_hub(stated: str, license: str | None, name: str | None) -> None:
    data = made("Qwen/Qwen3-0.6B", stated).data
    assert data.license == license
    assert data.license_name == name


def test_languages_are_codes() -> None:
    assert made("Qwen/Qwen3-0.6B").data.language == ["en", "zh"]


def test_the_base_model_is_an_id_and_paths_stay_out(tmp_path: Path) -> None:
    assert made("Qwen/Qwen3-0.6B").data.base_model == "Qwen/Qwen3-0.6B"
    folder = tmp_path / "private-folder" / "base"
    for model in (str(folder), f"{folder}.gguf", "~/models/base", "../models/base"):
        written = made(model)
        assert written.data.base_model is None
        assert "private-folder" not in str(written) and "models/" not in str(written)
        assert "`base" in str(written)
    written = made(str(folder), base_model="HuggingFaceTB/SmolLM2-135M")
    validate_repo_id(written.data.base_model)
    assert "`HuggingFaceTB/SmolLM2-135M`" in str(written) and str(tmp_path) not in str(written)


def test_a_relative_folder_is_no_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models/base").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert made("models/base").data.base_model is None
    assert made("models/other").data.base_model == "models/other"


def test_tables_hold_tokens_and_bytes() -> None:
    text = str(made("Qwen/Qwen3-0.6B"))
    assert "| task: domain | 12 | 3,456 | 12,345 | 2.000 → 1.500 | 0.900 → 0.700 | -0.200 |" in text
    assert "mail\\|list" in text
