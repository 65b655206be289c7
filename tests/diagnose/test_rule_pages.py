"""Every rule has a page in the documentation, with the same four parts, and a line in the table."""

import ast
from pathlib import Path

import rewarm.diagnose.rules as rules

PAGES = Path(__file__).parents[2] / "docs/rules"
PARTS = ("When", "What to do", "Exceptions", "Evidence")


def _names() -> set[str]:
    """First arguments of the findings that rules give."""
    calls = (
        node
        for path in Path(rules.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
    )
    return {ast.literal_eval(call.args[0]) for call in calls}


def test_each_rule_has_a_page_and_each_page_a_rule() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == _names()


def test_pages_have_the_same_parts_and_the_table_links_to_them() -> None:
    table = (PAGES.parent / "diagnose.md").read_text()
    for path in PAGES.glob("*.md"):
        page = path.read_text()
        assert page.startswith(f"# {path.stem}\n")
        assert [part for part in PARTS if f"\n**{part}.** " in page] == list(PARTS), path.name
        assert f"| [{path.stem}](rules/{path.stem}.md) |" in table, path.name
