"""Every changelog entry has an area that the release notes know."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_entries_have_a_known_area_and_a_text() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]
    areas = {kind["directory"] for kind in settings["type"]}
    for entry in (ROOT / settings["directory"]).iterdir():
        if entry.name == "README.md":
            continue
        name, area, suffix = entry.name.split(".")
        assert name.startswith("+") and area in areas and suffix == "md", entry.name
        assert entry.read_text().strip(), entry.name
    assert (ROOT / "CHANGELOG.md").read_text().count(settings["start_string"]) == 1
