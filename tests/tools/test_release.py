"""What `python tools/release` checks: the wheel's files, the Containerfile; slowly, the whole of it."""

import fnmatch
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import containerfile
import distribution
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_package_data_names_every_file_of_the_package() -> None:
    package = ROOT / "src/rewarm"
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["rewarm"]
    left_out = {".py", ".pyc"}
    found = [path for path in package.rglob("*") if path.is_file() and path.suffix not in left_out]
    files = [path.relative_to(package).as_posix() for path in found if "__pycache__" not in path.parts]
    depth = str.count
    lost = [
        name
        for name in files
        if not any(fnmatch.fnmatch(name, one) and depth(name, "/") == depth(one, "/") for one in patterns)
    ]
    assert len(files) > 50 and lost == []


def test_a_wheel_that_lacks_a_file_is_a_fault(tmp_path: Path) -> None:
    package = tmp_path / "src/rewarm"
    package.mkdir(parents=True)
    for name in ("__init__.py", "models.yaml"):
        (package / name).write_text("")
    wheel = tmp_path / "rewarm-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("rewarm/__init__.py", "rewarm/left_over.py", "rewarm-1.dist-info/METADATA"):
            archive.writestr(name, "")
    lacks, has = distribution.faults(wheel, tmp_path)
    assert "lacks rewarm/models.yaml" in lacks and "has rewarm/left_over.py" in has


def test_the_containerfile_fits_the_project() -> None:
    assert containerfile.faults(ROOT) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("COPY src /src/src", "COPY source /src/src", "COPY source: is not there"),
        ("[parse,lora,gguf]", "[parse,loras]", "no extra 'loras'"),
        ('ENTRYPOINT ["rewarm"]', 'ENTRYPOINT ["rewarmer"]', "is no script"),
        ("ARG PYTHON=3.12", "ARG PYTHON=3.9", "older than requires-python"),
        ("CMD", "HEALTHCHECK", "HEALTHCHECK is not checked"),
    ],
)
def test_a_containerfile_that_does_not_fit(tmp_path: Path, before: str, after: str, fault: str) -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "Containerfile").write_text(text.replace(before, after, 1))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "src").mkdir()
    (found,) = containerfile.faults(tmp_path)
    assert fault in found


def test_issue_templates_are_what_github_reads() -> None:
    folder = ROOT / ".github/ISSUE_TEMPLATE"
    for path in folder.glob("*.yml"):
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.name == "config.yml":
            continue
        assert form["name"] and form["description"]
        fields = [part for part in form["body"] if part["type"] != "markdown"]
        assert len({part["id"] for part in fields}) == len(fields)
        assert all(part["attributes"]["label"] for part in fields)
    bug = yaml.safe_load((folder / "bug.yml").read_text(encoding="utf-8"))
    versions = next(part for part in bug["body"] if part.get("id") == "versions")
    assert "rewarm --version" in versions["attributes"]["description"]
    assert versions["validations"]["required"]


@pytest.mark.slow
def test_a_release_works_outside_of_the_repository() -> None:
    ended = subprocess.run([sys.executable, "tools/release"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
