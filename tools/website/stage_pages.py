"""Copies the pages into the build folder and writes the configuration.

A copy, so that generated pages are never committed and files outside docs/ can be pages. Links between the
copied files are rewritten to their new places; a link to any other file of the repository (a recipe, a
module) becomes its path as code, because the site does not contain it.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import commands_page
import python_page
import recipe_page
import yaml

# Pages that are not in docs/: where they are in the repository, and on the site.
ELSEWHERE = {
    "README.md": "index.md",
    "README.zh.md": "index.zh.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
GENERATED = {
    "reference/recipe.md": recipe_page.page,
    "reference/cli.md": commands_page.page,
    "reference/python.md": python_page.page,
}
# The part of the navigation for pages that docs/navigation.yaml does not list.
UNLISTED = "How-to"
_LINK = re.compile(r"(!?)\[([^\]\n]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.MULTILINE | re.DOTALL)


def stage(root: Path, build: Path) -> list[str]:
    """Write build/docs and build/zensical.toml; return notices about pages without a place."""
    pages = build / "docs"
    shutil.rmtree(pages, ignore_errors=True)
    places = {root / name: pages / place for name, place in ELSEWHERE.items()}
    for path in sorted((root / "docs").rglob("*")):
        if path.is_file():
            places[path] = pages / path.relative_to(root / "docs")
    for path, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            place.write_text(_relinked(path, places, root), encoding="utf-8")
        else:
            shutil.copy(path, place)
    for name, write in GENERATED.items():
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_text(write(), encoding="utf-8")
    navigation = yaml.safe_load((root / "docs/navigation.yaml").read_text(encoding="utf-8"))
    listed = set(_pages_of(navigation))
    there = sorted(str(path.relative_to(pages)) for path in pages.rglob("*.md"))
    for page in sorted(listed - set(there)):
        raise SystemExit(f"docs/navigation.yaml: {page}: no such page; remove it or correct its path")
    (part,) = [part for part in navigation if UNLISTED in part]
    unlisted = [page for page in there if page not in listed]
    part[UNLISTED].extend(unlisted)
    settings = (root / "tools/website/zensical.toml").read_text(encoding="utf-8")
    (build / "zensical.toml").write_text(
        settings.replace("nav = []", f"nav = {_toml(navigation)}"), encoding="utf-8"
    )
    return [f"{page}: not in docs/navigation.yaml; shown at the end of {UNLISTED}" for page in unlisted]


def _relinked(path: Path, places: dict[Path, Path], root: Path) -> str:
    """The text of a page with its links rewritten; code blocks stay as they are."""
    text = path.read_text(encoding="utf-8")
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_links(text[end : fence.start()], path, places, root), fence.group()]
        end = fence.end()
    return "".join([*parts, _links(text[end:], path, places, root)])


def _links(text: str, path: Path, places: dict[Path, Path], root: Path) -> str:
    def rewritten(link: re.Match[str]) -> str:
        target, _, heading = link[3].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return link[0]
        meant = Path(os.path.normpath(path.parent / target))
        if meant in places:
            to = os.path.relpath(places[meant], places[path].parent)
            return f"{link[1]}[{link[2]}]({to}{'#' + heading if heading else ''})"
        if meant.exists() and not link[1]:
            shown = f"`{meant.relative_to(root)}`"
            return shown if link[2].strip("`") in shown else f"{link[2]} ({shown})"
        return link[0]

    return _LINK.sub(rewritten, text)


def _pages_of(navigation: Any) -> Iterator[str]:
    if isinstance(navigation, str):
        yield navigation
    for part in navigation if isinstance(navigation, list) else []:
        yield from _pages_of(part)
    for part in navigation.values() if isinstance(navigation, dict) else []:
        yield from _pages_of(part)


def _toml(value: Any) -> str:
    """A navigation as TOML on one line: strings, lists, and tables of one key."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_toml(item)}' for key, item in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)
