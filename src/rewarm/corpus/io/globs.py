"""Globs over names with '/': `*` and `?` stay inside a folder, `**` crosses, `{a,b}` lists.

Python's fnmatch lets `*` cross folders and knows no lists; pathlib matches only what is on disk,
while names here are also members of wheels.
"""

import re
from collections.abc import Callable, Sequence

MAGIC = re.compile(r"[*?\[{]")
_LETTERS = re.compile(r"\[(!?)([^\]]+)\]")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


def expand(pattern: str) -> list[str]:
    """The patterns that a pattern with brace lists stands for."""
    braces = _BRACES.search(pattern)
    if not braces:
        return [pattern]
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    return [full for choice in braces[1].split(",") for full in expand(before + choice + after)]


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """A test of names against any of the patterns; true for every name when there is none."""
    if not patterns:
        return lambda name: True
    plain = [_regex(full) for pattern in patterns for full in expand(pattern)]
    match = re.compile("|".join(plain), re.DOTALL).fullmatch
    return lambda name: match(name) is not None


def _regex(pattern: str) -> str:
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif pattern[at] in "*?":
            out, at = out + ("[^/]*" if pattern[at] == "*" else "[^/]"), at + 1
        elif (letters := _LETTERS.match(pattern, at)) and (one := _one_of(letters[1], letters[2])):
            out, at = out + one, letters.end()
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return out


def _one_of(negated: str, letters: str) -> str | None:
    """The regex of `[letters]` or `[!letters]`; None where it is no set, as in `[z-a]`."""
    # A doubled dash is a range that starts at a dash; bare, Python reads it as set difference one day.
    inside = re.escape(letters).replace(r"\-", "-").replace("--", r"\--")
    try:
        return re.compile(f"[{'^' * len(negated)}{inside}]").pattern
    except re.error:
        return None
