"""The teacher of `synthesize`: its package and key, sources that may be sent, and that text leaves the
machine."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

from rewarm.data.synthesize.declaration import sources
from rewarm.errors import RewarmError
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject

_HERE = ("localhost", "127.0.0.1", "::1")


def check(subject: Subject) -> Iterator[Finding]:
    """Findings about the teacher, where the step is on. Nothing is asked."""
    if not subject.synthesizes:
        return
    teacher, where = subject.recipe.synthesize.teacher, subject.at("synthesize", "teacher")
    if find_spec("openai") is None:
        yield Finding(
            "error", "extras", where, "openai is not installed.", 'Install it: pip install "rewarm[llm]"'
        )
    host = urlsplit(teacher.url).hostname or ""
    if teacher.url.startswith("https://") and not os.environ.get(teacher.key):
        what = f"the environment variable {teacher.key} is not set, and {host} will need a key."
        yield Finding("error", "teacher.key", where, what, "Set it, or name another variable with `key`.")
    try:
        named = sources(subject.recipe)
    except RewarmError as error:
        yield Finding("error", "teacher.sources", subject.at("synthesize"), str(error), "")
        return
    if host not in _HERE:
        what = f"redacted text of {', '.join(named)} will be sent to {host}."
        remedy = "Make sure that this is allowed; a server of your own keeps it on your machines."
        yield Finding("warning", "teacher.elsewhere", where, what, remedy)
