"""What a check reports: where, what was found, and what to do."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rewarm.errors import RewarmError

Severity = Literal["error", "warning", "note"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a recipe on this machine.

    severity: `error` when the run cannot succeed, `warning` when its result is likely not what was
        asked for, `note` for what is good to know or was not checked.
    check: the name of the check, stable for programs.
    where: `FILE:LINE  FIELD`, or a path.
    """

    severity: Severity
    check: str
    where: str
    what: str
    remedy: str = ""

    def line(self) -> str:
        """The finding as the command line prints it."""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.severity:<9}{self.where}: {self.what}{remedy}"

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


class Blocked(RewarmError):
    """The run cannot succeed; the findings say why."""

    def __init__(self, findings: list[Finding]) -> None:
        errors = sum(finding.severity == "error" for finding in findings)
        super().__init__(
            f"preflight: {errors} error{'s' * (errors > 1)}; nothing was run. Correct the recipe or the "
            "machine and run the same command again"
        )
        self.findings = findings


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first; a finding that several variants share is listed once."""
    unique = list(dict.fromkeys(findings))
    return sorted(unique, key=lambda finding: _ORDER[finding.severity])
