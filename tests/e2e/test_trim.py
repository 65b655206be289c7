"""A paragraph under many documents, through the command line: learnt once, and explained."""

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from command_line import document, rewarm, write_recipe
from shards import read_documents

from rewarm.corpus.tables import documents

pytestmark = pytest.mark.slow


def test_a_shared_paragraph_is_learnt_once(world: Path, model: Path) -> None:
    # Without numbers: a paragraph with a value in it would be masked.
    notice = re.sub(r"第\d+条", "", document("law", 9001) + document("law", 9002))
    for number in range(30):
        text = f"{document('law', 500 + number)}\n\n{notice}\n\n{document('law', 600 + number)}"
        (world / f"law/notice{number}.txt").write_text(text, encoding="utf-8")
    write_recipe(world, model)
    ended = rewarm(world, "run", "recipe.yaml", "--until", "tokenize", "--json")
    assert ended.returncode == 0, ended.stderr
    counts = {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}
    assert counts["trim"]["in"] == sum(counts["trim"][name] for name in ("documents", "not_kept", "dropped"))
    assert counts["tokenize"]["documents"] == counts["trim"]["documents"]
    steps = world / "runs/small/steps"
    (folder,) = steps.glob("trim-*")
    held = {row["id"]: row["heldout"] for row in documents.rows(folder / "keep")}
    having = [row for row in read_documents(folder / "documents") if notice in row["text"]]
    # One keeps it, and whatever of them is held out, which nobody edits.
    assert sum(not held[row["id"]] for row in having) <= 1 <= len(having)
    assert counts["trim"]["cuts"] == 30 - len(having)
    edited = [row for row in documents.rows(folder / "ledger") if row["verdict"] == "edit"]
    (cleaned,) = steps.glob("clean-*/documents")
    had = {row["id"] for row in read_documents(cleaned) if notice in row["text"]}
    assert {row["match"].split(":")[0] for row in edited} <= had and len(had) == 30
    said = rewarm(world, "explain", "runs/small", edited[0]["id"]).stdout
    assert "passage" in said and edited[0]["match"] in said
    (tokens,) = steps.glob("tokenize-*/tokens")
    read = sum(
        len(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
        for path in documents.shards(tokens, ".arrow")
    )
    assert read == counts["trim"]["documents"]
