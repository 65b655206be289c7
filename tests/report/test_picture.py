"""The picture of a report in the documentation, of a run made here from synthetic documents."""

import json
from pathlib import Path

import pytest
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.browser


def test_the_picture_of_the_documentation_is_small(
    browser, model: Path, tmp_path: Path, pictures: Path
) -> None:
    for kind in ("law", "api"):
        (tmp_path / kind).mkdir()
        rows = [json.dumps({"text": document(kind, number)}, ensure_ascii=False) for number in range(300)]
        (tmp_path / kind / "0.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "small-base").symlink_to(model)
    schedule = {"peak": 1e-3}
    stages = [
        {"name": "adapt", "tokens": 6000, "mix": {"law": 0.85, "api": 0.15}, "schedule": schedule},
        {"name": "anneal", "tokens": 2000, "mix": {"law": 0.85, "api": 0.15}, "best": 0.5},
    ]
    write_recipe(tmp_path, Path("small-base"), name="synthetic", stages=stages)
    ended = rewarm(tmp_path, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    screen = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="light")
    screen.goto((tmp_path / "runs/synthetic/report/index.html").as_uri())
    screen.screenshot(path=pictures / "report.png")
    screen.close()
    assert 10_000 < (pictures / "report.png").stat().st_size < 150_000
