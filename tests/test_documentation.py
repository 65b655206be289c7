"""The documentation agrees with the code: links lead somewhere, commands and recipes in it are valid.

Every block of shell commands in every page is read: a line that begins with `rewarm` must name a command and
options that exist. tests/e2e/test_commands_of_pages.py executes the commands of the README and the tutorial,
tests/e2e/test_api.py the examples of docs/api.md, and `make quickstart`, in CI, the README's first block.
"""

import re
import shlex
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from rewarm.cli.main import cli
from rewarm.recipe import reading

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in _LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
        target, _, heading = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        meant = (page.parent / target).resolve() if target else page
        assert meant.exists(), f"{_name(page)}: {link}: no such file"
        if heading:
            assert heading in _headings(meant), f"{_name(page)}: {link}: no such heading"


def _headings(page: Path) -> set[str]:
    """The ids that a code host gives to the headings of a page."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {_slug(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)) for title in titles}


def _slug(title: str) -> str:
    kept = (letter for letter in title.lower() if letter in " -_" or unicodedata.category(letter)[0] in "LNM")
    return "".join(kept).strip().replace(" ", "-")


def _commands(page: Path) -> Iterator[list[str]]:
    """Arguments of the lines `rewarm …` in shell blocks: fenced ones, and those that are indented by four."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line for kind, body in _FENCE.findall(text) if kind in ("", "bash", "sh") for line in body.split("\n")
    ]
    lines += [line[4:] for line in _FENCE.sub("", text).split("\n") if line.startswith("    ")]
    joined = "\n".join(lines).replace("\\\n", " ").split("\n")
    for line in joined:
        command = re.sub(r"^(\$ |\.venv/bin/)", "", line.strip())
        if command.startswith("rewarm ") and "…" not in command:
            words = shlex.split(command, comments=True)
            stop = next((at for at, word in enumerate(words) if word in ("|", "&&", ";", ">")), len(words))
            yield words[1:stop]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_and_options_exist(page: Path) -> None:
    for words in _commands(page):
        assert not (fault := _fault(words)), f"{_name(page)}: rewarm {' '.join(words)}: {fault}"


def _fault(words: list[str]) -> str:
    command: click.Command = cli
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            if word not in command.commands:
                return f"no command {word}"
            command = command.commands[word]
        elif word.startswith("--"):
            known = {name for one in command.params for name in [*one.opts, *one.secondary_opts]} | {"--help"}
            if word.split("=")[0] not in known:
                return f"no option {word}"
    return ""


def test_wrong_commands_would_be_found() -> None:
    assert _fault(["runs", "a.yaml"]) == "no command runs"
    assert _fault(["run", "a.yaml", "--dryrun"]) == "no option --dryrun"
    assert _fault(["mix", "fit", "a.csv", "--out=b"]) == "" and _fault(["mix", "fits"]) == "no command fits"
    found = [words for page in PAGES for words in _commands(page)]
    assert len(found) > 60 and ["run", "case/recipe.yaml", "--dry-run"] in found


def test_the_recipe_of_the_readme_is_valid(tmp_path: Path) -> None:
    (block,) = [body for kind, body in _FENCE.findall((ROOT / "README.md").read_text()) if kind == "yaml"]
    path = tmp_path / "recipe.yaml"
    path.write_text(block, encoding="utf-8")
    recipe = reading.load(path)
    assert [stage.name for stage in recipe.stages] == ["adapt", "anneal"] and yaml.safe_load(block)["name"]
