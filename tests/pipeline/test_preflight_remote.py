"""What preflight asks of a package index, with the real pip and an index of files; each thing once."""

import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from rewarm.pipeline.preflight import remote
from rewarm.recipe import Recipe


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two versions of one package."""
    for version in ("1.0", "1.1rc1"):
        with zipfile.ZipFile(tmp_path / f"tales-{version}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"tales-{version}.dist-info/METADATA", f"Name: tales\nVersion: {version}\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    # A machine under load starts pip slowly.
    monkeypatch.setattr(remote, "SECONDS", 60.0)


@pytest.mark.parametrize("version", ["1.0", "1.1rc1"])
def test_version_in_the_index_is_no_finding(version: str) -> None:
    assert remote._in_index(f"tales=={version}") == ""


def test_missing_version_is_named_beside_those_that_are_there() -> None:
    assert remote._in_index("tales==2.0") == (
        "the package index has no version 2.0 of tales; it has 1.1rc1, 1.0."
    )


def test_unknown_package_is_no_answer() -> None:
    with pytest.raises(OSError, match="No matching distribution found for fables"):
        remote._in_index("fables==1.0")


class Asked(Exception):
    """A time-out of a library has `Timeout` in its name; this is another failure."""


def questions(*answers: str | Exception) -> list[remote._Question]:
    """Questions about one data set, after they were put; an answer is one of `answers`, in order."""
    left = iter(answers)

    def ask() -> str:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = [remote._Question(f"recipe.yaml:{number}", "the data set a/b", ask) for number in range(3)]
    remote._put_all(found)
    return found


def test_one_failure_to_answer_serves_all_questions_about_a_data_set() -> None:
    found = questions(Asked("no route"))
    assert [(one.answer, one.failure) for one in found] == [(None, "Asked: no route")] * 3


def test_other_files_of_a_data_set_are_looked_up_in_the_first_listing() -> None:
    found = questions("", "no file matches *.csv", "")
    assert [one.answer for one in found] == ["", "no file matches *.csv", ""]
    # What is not there at all is said once.
    found = questions("there is no a/b", Asked("not listed"), Asked("not listed"))
    assert [one.answer for one in found] == ["there is no a/b", "", ""]


def test_each_address_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [
        {"name": "a", "url": "https://data.example/x.jsonl"},
        {"name": "b", "url": "https://data.example/x.jsonl"},
        {"name": "c", "hub": "a/b"}, {"name": "d", "hub": "a/b", "files": ["*.csv"]},
        {"name": "e", "hub": "a/b", "revision": "main"},
        {"name": "f", "package": "tales==1.0", "files": ["*"]},
        {"name": "g", "package": "tales==1.0", "files": ["*.csv"]},
    ]  # fmt: skip
    stages = [{"name": "adapt", "tokens": 10, "mix": {"a": 1}}]
    recipe = Recipe.model_validate({"name": "r", "model": "m", "sources": sources, "stages": stages})
    listed: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        remote, "_on_hub_with_files", lambda source, fetch: listed.append((source["name"], fetch)) or ""
    )
    subject = SimpleNamespace(
        recipe=recipe, needs_model=False, until="collect", folder=tmp_path,
        at=lambda *place: ".".join(map(str, place)), survey=SimpleNamespace(here=lambda _: False),
    )  # fmt: skip
    found = list(remote._questions(subject))  # type: ignore[arg-type]
    assert [one.where for one in found] == [
        "sources.0.url", "sources.2.hub", "sources.3.hub", "sources.4.hub", "sources.5.package",
    ]  # fmt: skip
    for one in found[1:4]:
        one.ask()
    assert listed == [("c", True), ("d", False), ("e", True)]
