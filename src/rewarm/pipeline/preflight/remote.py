"""What is fetched over the network: asked for once, in parallel, with three seconds for all of it.

A slow or absent network is no error, since what is needed may be in a cache or come later: what did not
answer in time is noted as unchecked. A clear "there is no such thing" is an error.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rewarm.corpus.io import wheel
from rewarm.corpus.io.hub import Unreachable
from rewarm.data.collect import origins
from rewarm.errors import RewarmError
from rewarm.model import base
from rewarm.pipeline.preflight.finding import Finding, Severity
from rewarm.pipeline.preflight.subject import Subject

SECONDS = 3.0


@dataclass
class _Question:
    """where, name: for the finding; ask: returns "" when it is there, why not when it surely is not, and
    raises when nobody answers; unchecked: what follows if nobody does."""

    where: str
    name: str
    ask: Callable[[], str]
    answer: str | None = None
    failure: str = ""
    unchecked: str = "Its size is not in the estimates."


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for each remote thing that is missing or did not answer."""
    questions = list(_questions(subject))
    asked: dict[str, list[_Question]] = {}
    for question in questions:
        asked.setdefault(question.name, []).append(question)
    threads = [threading.Thread(target=_put_all, args=(group,), daemon=True) for group in asked.values()]
    for thread in threads:
        thread.start()
    until = time.monotonic() + SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    for question in questions:
        if question.answer:
            yield Finding("error", "remote", question.where, question.answer)
        elif question.answer is None:
            # A slow network says nothing about the recipe; a refused connection will likely stop the run.
            severity: Severity = "warning" if question.failure else "note"
            why = question.failure or f"no answer within {SECONDS:.0f} s"
            what = f"{question.name} is unchecked: {why}."
            yield Finding(severity, "remote", question.where, what, question.unchecked)


def _questions(subject: Subject) -> Iterator[_Question]:
    known: set[str] = set()
    model = subject.recipe.model
    if subject.needs_model and base.is_hub_id(model) and base.at_hand(model, subject.folder) is None:
        yield _Question(subject.at("model"), f"the model {model} on the hub", lambda: _on_hub(model))
    if subject.needs_model and model.startswith("package:") and base.at_hand(model, subject.folder) is None:
        package = model.removeprefix("package:").partition("/")[0]
        if not wheel.cached(package):
            known.add(package)
            yield _Question(subject.at("model"), f"the package {package}", _asking_index(package))
    pushed = subject.recipe.export.push_to_hub
    if pushed is not None and subject.until is None:
        where = subject.at("export", "push_to_hub", "repo")
        yield _Question(
            where, f"the right to push to {pushed.repo}", lambda: may_push(pushed.repo),
            unchecked="The model is pushed at the end of the run.",
        )  # fmt: skip
    for index, source in enumerate(subject.recipe.model_dump(mode="json")["sources"]):
        what = source["url"] or source["package"]
        if subject.survey.here(source) or what in known:
            continue
        if source["hub"]:
            where = subject.at("sources", index, "hub")
            revision = f" at {source['revision']}" if source.get("revision") else ""
            name = f"the data set {source['hub']}{revision} on the hub"
            # Sources may read other files of one data set, which the hub lists once.
            yield _Question(where, name, _asking_for_files(source, fetch=name not in known))
            known.add(name)
            continue
        known.add(what)
        if source["url"]:
            where = subject.at("sources", index, "url")
            yield _Question(where, source["url"], _asking_store(source["url"]))
        else:
            where = subject.at("sources", index, "package")
            yield _Question(where, f"the package {what}", _asking_index(what))


def _asking_for_files(source: dict[str, Any], *, fetch: bool) -> Callable[[], str]:
    return lambda: _on_hub_with_files(source, fetch=fetch)


def _asking_store(url: str) -> Callable[[], str]:
    return lambda: _in_store(url)


def _asking_index(package: str) -> Callable[[], str]:
    return lambda: _in_index(package)


def _put_all(questions: Sequence[_Question]) -> None:
    """Put questions about one thing: what the first one learned serves the others."""
    first = questions[0]
    _put(first)
    for other in questions[1:]:
        if first.answer is None:
            other.failure = first.failure
            continue
        _put(other)
        if other.answer is None and first.answer:  # it is not there at all, which the first one says
            other.answer = ""


def _put(question: _Question) -> None:
    try:
        question.answer = question.ask()
    except Exception as error:  # of HTTP libraries, subprocesses, DNS
        if "Timeout" in type(error).__name__:  # each library has its own, without a common base
            return
        lines = str(error).strip().splitlines() or [""]
        question.failure = f"{type(error).__name__}: {lines[0]}"[:200].rstrip(": ")


def _on_hub_with_files(source: dict[str, Any], *, fetch: bool) -> str:
    """Listed as the run lists it: a revision, configuration or split that is not there is named here. fetch:
    ask the hub; else the files as they were listed last."""
    try:
        origins.files(source, fetch=fetch)
    except Unreachable as error:
        raise (error.__cause__ or error) from None
    except RewarmError as error:
        return str(error).removeprefix(f"sources.{source['name']}.hub: ")
    return ""


def _on_hub(name: str) -> str:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        HfApi().model_info(name, timeout=SECONDS)
    except GatedRepoError:
        return f"the hub gives {name} only to those who accepted its terms. Run `hf auth login`."
    except RepositoryNotFoundError:
        return f"the hub has no model {name}, or you have no access. Check the name, or run `hf auth login`."
    return ""


def may_push(repo: str) -> str:
    """Why a model cannot be pushed to `repo`, "" if it can: better known before days of training than after.

    Raises what the hub's client raises when nobody answers.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import LocalTokenNotFoundError

    try:
        user = HfApi().whoami()
    except LocalTokenNotFoundError:
        return f"{repo} cannot be pushed: no token. Run `hf auth login` with one that may write."
    owners = [user["name"], *(one["name"] for one in user.get("orgs", []))]
    if repo.partition("/")[0] not in owners:
        return f"{repo} cannot be pushed: you may write to {', '.join(owners)}. Check the repository ID."
    return ""


def _in_store(url: str) -> str:
    import fsspec

    store, root = fsspec.core.url_to_fs(url)
    try:
        store.info(root)
    except FileNotFoundError:
        return f"{url} does not exist. Check the address."
    return ""


def _in_index(package: str) -> str:
    """By pip, which knows the user's index and mirrors; only a version that is surely absent is an error."""
    name, _, version = package.partition("==")
    # Its lines, not `--json`: that came with pip 25, and Python 3.11 has pip 24 or older.
    command = [sys.executable, "-m", "pip", "index", "versions", "--pre", "--retries", "0"]
    command += ["--timeout", f"{SECONDS:.0f}", "--disable-pip-version-check", name]
    asked = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=SECONDS)
    if asked.returncode:
        lines = [line for line in asked.stderr.splitlines() if line.strip()] or ["no message"]
        raise OSError(f"pip: {lines[-1].removeprefix('ERROR: ')}")
    listed = re.search(r"^Available versions: (.+)$", asked.stdout, re.MULTILINE)
    if listed is None:
        raise OSError(f"pip listed no versions of {name}")
    versions = listed[1].split(", ")
    if version in versions:
        return ""
    newest = ", ".join(versions[:5])
    return f"the package index has no version {version} of {name}; it has {newest}."
