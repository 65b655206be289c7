"""All findings of a run, and how far it is from the healthy pattern.

Healthy is: general loss flat or slowly falling, domain loss clearly falling.
"""

from dataclasses import dataclass
from typing import Any

from rewarm.diagnose.finding import Finding, ordered
from rewarm.diagnose.rules import RULES
from rewarm.diagnose.view import View
from rewarm.runs.run import Run
from rewarm.runs.training_log import TrainingLog


@dataclass(frozen=True)
class Diagnosis:
    """findings: errors first; updates: that the log has; pattern: one sentence."""

    findings: list[Finding]
    updates: int
    pattern: str

    def lines(self) -> list[str]:
        """For the terminal."""
        shown = [f"pattern  {self.pattern}"]
        for finding in self.findings:
            shown += finding.lines()
        return shown

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": 1, "updates": self.updates, "pattern": self.pattern,
            "findings": [finding.plain() for finding in self.findings],
        }  # fmt: skip


def diagnose(run: Run, log: TrainingLog | None = None) -> Diagnosis:
    """Read the curves of a run, finished or training. log: its training log, when it has been read."""
    view = View(run, log)
    findings = ordered([finding for rule in RULES for finding in rule(view)])
    updates = run.metrics("updates").num_rows
    if not view.series:
        return Diagnosis(findings, updates, f"{updates} updates: too few to read curves from")
    return Diagnosis(findings, updates, _pattern(findings, view))


def _pattern(findings: list[Finding], view: View) -> str:
    learned = [one for one in findings if one.rule == "domain-falls"]
    flat = [one for one in findings if one.rule == "domain-flat"]
    faults = [one for one in findings if one.severity in ("warning", "error") and one not in flat]
    if not view.domains:
        return "no source has the label task: domain, so nothing says what should be learned"
    if flat and not learned:
        return "not healthy: the domain's loss does not fall"
    if faults:
        named = ", ".join(dict.fromkeys(f"{one.rule} ({one.channel})" for one in faults))
        what = "falls" if learned else "does not fall"
        return f"the domain's loss {what}; not as it should be: {named}"
    return "healthy: the domain's loss falls clearly, general losses do not rise"
