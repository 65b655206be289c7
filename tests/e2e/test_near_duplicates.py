"""Edited copies through the command line: dropped, explained, listed, and found again by a later run."""

import json
from pathlib import Path

import pytest
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.slow


def test_copies_go_and_can_be_asked_about(world: Path, model: Path) -> None:
    copies = {}
    for number in range(5):
        text = document("api", number).split(" ")
        copies[number] = " ".join([*text[:-3], "slightly", *text[-3:]])
        (world / f"api/copy{number}.txt").write_text(copies[number], encoding="utf-8")
    write_recipe(world, model, dedupe={"keep_signatures": True})
    ended = rewarm(world, "run", "recipe.yaml", "--until", "dedupe", "--json")
    assert ended.returncode == 0, ended.stderr
    counts = {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}["dedupe"]
    near = counts.get("dropped.near_duplicate", 0)
    assert near + counts.get("dropped.near_heldout", 0) >= 4 and near >= 1
    found = json.loads(rewarm(world, "clusters", "runs/small", "--json").stdout)["clusters"]
    assert len(found) == near and all(cluster["documents"] == 2 for cluster in found)
    kept, dropped = found[0]["members"]
    assert kept["id"] == found[0]["cluster"] and 0.8 <= dropped["similarity"] < 1
    said = rewarm(world, "explain", "runs/small", dropped["id"]).stdout
    assert f"near_duplicate  {dropped['similarity']:.4g} against 0.8  match {kept['id']}" in said
    listed = rewarm(world, "clusters", "runs/small", "--most", "1").stdout.splitlines()
    assert len(listed) == 3 and kept["id"] in listed[1] and f"{dropped['similarity']:.3f}" in listed[2]

    # A later run over the same files, with this one as its base, finds nothing new but what was held out.
    write_recipe(world, model, name="later", dedupe={"base": ["runs/small"]})
    ended = rewarm(world, "run", "recipe.yaml", "--until", "dedupe", "--json")
    assert ended.returncode == 0, ended.stderr
    later = {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}["dedupe"]
    assert later["dropped.near_base"] >= 0.9 * (later["in"] - counts["heldout"])
    write_recipe(world, model, name="third", dedupe={"base": ["runs/later"]})
    refused = rewarm(world, "run", "recipe.yaml", "--until", "dedupe")
    assert refused.returncode == 1 and "keep_signatures" in refused.stderr
