"""Checks the Containerfile without building an image: its pip lines run, its other lines are compared.

A line is `INSTRUCTION arguments`; continued lines are joined. Only what our file uses is understood: any
other instruction is a fault, so that a new one gets a check.
"""

import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import environments

NAME = "Containerfile"
_KNOWN = {"ARG", "FROM", "LABEL", "COPY", "RUN", "ENV", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of each line, without comments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\s*\n\s*", " ", "\n".join(lines))
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined.splitlines()]


def faults(tree: Path) -> list[str]:
    """What a build of the image would stumble over, as far as it can be seen from here."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = []
    read = instructions((tree / NAME).read_text(encoding="utf-8"))
    for name, arguments in read:
        if name not in _KNOWN:
            found.append(f"{NAME}: {name} is not checked; add it to tools/release/containerfile.py")
        if name == "COPY":
            *sources, _ = shlex.split(arguments)
            found += [f"{NAME}: COPY {one}: is not there" for one in sources if not (tree / one).exists()]
        if name == "ENTRYPOINT" and (program := json.loads(arguments)[0]) not in project["scripts"]:
            found.append(f"{NAME}: ENTRYPOINT {program}: is no script of pyproject.toml")
        for extras in re.findall(r"\[([a-z0-9,-]+)\]", arguments) if name == "RUN" else []:
            known = project["optional-dependencies"]
            found += [f"{NAME}: no extra {one!r}" for one in extras.split(",") if one not in known]
    bases = [arguments for name, arguments in read if name == "FROM"]
    versions = [arguments for name, arguments in read if name == "ARG" and arguments.startswith("PYTHON=")]
    lowest = project["requires-python"].removeprefix(">=")
    if len(bases) != 1 or "python:${PYTHON}" not in bases[0] or len(versions) != 1:
        found.append(f"{NAME}: FROM is not one python:${{PYTHON}} image")
    elif _numbers(versions[0].partition("=")[2]) < _numbers(lowest):
        found.append(f"{NAME}: {versions[0]} is older than requires-python {project['requires-python']}")
    return found


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def run(tree: Path, place: Path) -> int:
    """Run the lines `RUN pip …` for an environment, with what COPY brings and without dependencies; returns
    how many. /src, where they lie in the image, becomes a folder in the environment's."""
    image = place / "image"
    ran = 0
    for name, arguments in instructions((tree / NAME).read_text(encoding="utf-8")):
        if name == "COPY":
            *sources, target = shlex.split(arguments)
            for source in sources:
                _copy(tree / source, Path(f"{image}{target}"), into=target.endswith("/"))
        for command in arguments.split("&&") if name == "RUN" else []:
            words = shlex.split(command.replace("/src", f"{image}/src"))
            # Torch is a dependency, from an index that is an argument of the build.
            if words[:2] == ["pip", "install"] and not any("${" in word for word in words):
                options = words[2:]
                environments.pip(place, "install", "-q", "--no-deps", "--no-build-isolation", *options)
                ran += 1
    return ran


def _copy(source: Path, target: Path, *, into: bool) -> None:
    """As COPY does: a folder's content goes into the target, a file into it or under its name."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
        return
    place = target / source.name if into else target
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, place)
