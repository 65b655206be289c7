"""Pages keep their links when they are moved to the site."""

from pathlib import Path

import pytest
import stage_pages


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in {
        "README.md": "[docs](docs/a.md#part) [licence](LICENSE) ![p](docs/images/p.svg) [中文](README.zh.md)",
        "README.zh.md": "[English](README.md)",
        "CONTRIBUTING.md": "a",
        "CHANGELOG.md": "a",
        "LICENSE": "Apache",
        "src/module.py": "",
        "docs/a.md": "[b](how-to/b.md) [module.py](../src/module.py)\n\n"
        "```md\n[b](../README.md)\n```\n[gone](gone.md)",
        "docs/how-to/b.md": "[home](../../README.md) [web](https://example.org/a.md)",
        "docs/images/p.svg": "<svg/>",
        "docs/navigation.yaml": "- Start: [index.md]\n- How-to:\n    - A page: a.md\n",
        "tools/website/zensical.toml": '[project]\nsite_name = "x"\nnav = []\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_links_lead_to_the_new_places(repository: Path) -> None:
    stage_pages.stage(repository, repository / ".site")
    docs = repository / ".site/docs"
    assert docs.joinpath("index.md").read_text() == (
        "[docs](a.md#part) licence (`LICENSE`) ![p](images/p.svg) [中文](index.zh.md)"
    )
    assert docs.joinpath("a.md").read_text() == (
        "[b](how-to/b.md) `src/module.py`\n\n```md\n[b](../README.md)\n```\n[gone](gone.md)"
    )
    assert docs.joinpath("how-to/b.md").read_text() == "[home](../index.md) [web](https://example.org/a.md)"
    assert docs.joinpath("images/p.svg").exists() and docs.joinpath("reference/recipe.md").exists()


def test_an_unlisted_page_is_shown_and_named(repository: Path) -> None:
    notices = stage_pages.stage(repository, repository / ".site")
    assert "how-to/b.md: not in docs/navigation.yaml; shown at the end of How-to" in notices
    assert '{ "A page" = "a.md" }' in (repository / ".site/zensical.toml").read_text()
    assert '"how-to/b.md"' in (repository / ".site/zensical.toml").read_text()


def test_an_entry_without_a_page_stops_the_build(repository: Path) -> None:
    (repository / "docs/a.md").unlink()
    with pytest.raises(SystemExit, match=r"a\.md: no such page"):
        stage_pages.stage(repository, repository / ".site")
