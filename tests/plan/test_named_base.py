"""Warnings about a base and a teacher, from their names."""

import pytest

from rewarm.plan import models
from rewarm.plan.named_base import base_of, base_warnings, is_chat, teacher_warnings


@pytest.mark.parametrize(
    ("chat", "base"),
    [
        ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-Base"),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B"),
        ("meta-llama/Llama-3.2-3B-Instruct", "meta-llama/Llama-3.2-3B"),
        ("google/gemma-3-4b-it", "google/gemma-3-4b-pt"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-v0.3"),
        ("zai-org/glm-4-9b-chat-hf", "zai-org/glm-4-9b-hf"),
        ("tiiuae/Falcon3-7B-Instruct", "tiiuae/Falcon3-7B-Base"),
        ("HuggingFaceTB/SmolLM3-3B", "HuggingFaceTB/SmolLM3-3B-Base"),
    ],
)
def test_a_chat_model_is_recognised_and_its_base_named(chat: str, base: str) -> None:
    found = base_of(chat)
    assert found and found.id == base and is_chat(chat)
    (warning,) = base_warnings(chat)
    assert base in warning and "instructions" in warning


def test_no_base_of_the_catalogue_is_taken_for_a_chat_model() -> None:
    assert [model.id for model in models.catalogue() if is_chat(model.id)] == []
    assert not is_chat("zai-org/glm-4-9b") and not is_chat("models/my-italian-7B")
    # A folder of a chat model that is not listed.
    assert "its base version" in base_warnings("models/Some-13B-Chat")[0]


def test_a_teacher_must_be_larger() -> None:
    assert teacher_warnings("Qwen/Qwen3-4B-Base", "Qwen/Qwen3-8B") == []
    (same,) = teacher_warnings("Qwen/Qwen3-8B-Base", "Qwen/Qwen3-8B")
    assert "not larger" in same and "8.19B" in same
    assert "not larger" in teacher_warnings("Qwen/Qwen3-8B-Base", "other/Model-7B-Instruct")[0]
    assert "not known" in teacher_warnings("Qwen/Qwen3-8B-Base", "other/model")[0]
