"""When a base was released: what its files say, and nothing else."""

import json
import os
import struct
from pathlib import Path

import pytest

from rewarm.model import release


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ("---\nlicense: mit\nrelease_date: 2024-11-02\n---\n# M", ("2024-11-02", "README.md, release_date")),
        ("---\nreleased: 2024\n---", ("2024", "README.md, released")),
        ("# Llama\n\n**Model Release Date:** July 23, 2024.\n", ("2024-07-23", "README.md, release date")),
        ("* **Release Date**: April 2025\n", ("2025-04", "README.md, release date")),
        ("| Release date | 2025-04-05 |\n", ("2025-04-05", "README.md, release date")),
        ("发布日期：2024年9月19日\n", ("2024-09-19", "README.md, release date")),
        ("We released it after training on data up to 2023.\n", None),
        ("---\nrelease_date: [broken\n---\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_model_card(tmp_path: Path, card: str, found: tuple[str, str] | None) -> None:
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    said = release.find(tmp_path)
    assert (said and (said.date, said.origin)) == found


def test_the_configuration_and_the_weights(tmp_path: Path) -> None:
    assert release.find(tmp_path) is None
    header = json.dumps({"__metadata__": {"release_date": "2023-05"}}).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    assert release.find(tmp_path) == release.Release("2023-05", "model.safetensors, release_date")
    (tmp_path / "config.json").write_text('{"released": "2023-06-07"}')
    assert release.find(tmp_path) == release.Release("2023-06-07", "config.json, released")


def test_times_of_files_are_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"transformers_version": "5.0", "date": "2024-01-01"}')
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 8)
    os.utime(tmp_path / "config.json", (1_700_000_000, 1_700_000_000))
    assert release.find(tmp_path) is None
