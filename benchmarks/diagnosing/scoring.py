"""Which findings are right: each run against the table of causes, and the confusion table of a half."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diagnosing.causes import CAUSES
from rewarm.diagnose.diagnosis import Diagnosis

_GOOD = ("(domain-falls)", "(general-flat)")


@dataclass(frozen=True)
class Scored:
    """One run. rules: what was found, warnings and errors without a sign and notes in brackets; right: the
    expected findings are there and none is false; missed: they are not there; false: `rule (channel)`;
    confirmed: channels that fresh documents also find forgotten, where that is no part of the cause."""

    half: str
    cause: str
    seed: int
    rules: tuple[str, ...]
    missed: bool
    false: tuple[str, ...]
    confirmed: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.missed and not self.false


def score(half: str, cause: str, seed: int, diagnosis: Diagnosis, forgotten: Callable[[str], bool]) -> Scored:
    """forgotten: whether documents that the run lacks confirm that a channel is."""
    wanted = CAUSES[cause]
    found = {(one.rule, one.channel): one.severity for one in diagnosis.findings}
    reported = {key for key, severity in found.items() if severity in ("warning", "error")}
    allowed = wanted.accepted.union(*wanted.expected)
    false = reported - allowed | found.keys() & wanted.wrong
    confirmed = {key for key in false if key[0] == "rising" and forgotten(key[1])}
    shown = sorted(key if key in reported else (f"({key[0]})", key[1]) for key in found)
    return Scored(
        half, cause, seed, tuple(f"{rule} {channel}" for rule, channel in shown),
        not any(expected <= found.keys() for expected in wanted.expected),
        tuple(f"{rule} ({channel})" for rule, channel in sorted(false - confirmed)),
        tuple(channel for _, channel in sorted(confirmed)),
    )  # fmt: skip


def confusion(scored: Sequence[Scored]) -> list[str]:
    """A line a cause in Markdown: runs that are right, missed, with false findings, and with confirmed
    forgetting beside the cause, and how many have each finding. What a healthy run also has is left out."""
    lines = [
        "| cause | right | missed | false | forgotten | warnings and errors (runs) | notes (runs) |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    for cause in CAUSES:
        own = [one for one in scored if one.cause == cause]
        if not own:
            continue
        counts = Counter(rule.replace("source ", "") for one in own for rule in set(one.rules))
        named = [f"{rule} {count}" for rule, count in sorted(counts.items(), key=lambda one: (-one[1], one))]
        loud = ", ".join(rule for rule in named if not rule.startswith("("))
        notes = ", ".join(rule for rule in named if rule.startswith("(") and not rule.startswith(_GOOD))
        right, missed, false, confirmed = (
            sum(bool(getattr(one, name)) for one in own) for name in ("right", "missed", "false", "confirmed")
        )
        quiet = notes.replace("(", "").replace(")", "")
        lines.append(
            f"| {cause} | {right}/{len(own)} | {missed} | {false} | {confirmed} | {loud} | {quiet} |"
        )
    return lines
