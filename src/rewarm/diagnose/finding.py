"""What a rule reports."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["good", "note", "warning", "error"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2, "good": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """rule: its name, the section of docs/diagnose.md; channel: `AXIS VALUE`; says: what was seen; advice:
    what to do, with the setting of the recipe; confidence: 0 to 1, that it is not noise; evidence: the
    numbers; documents: IDs to look at."""

    rule: str
    severity: Severity
    channel: str
    stage: str
    says: str
    advice: str
    confidence: float
    evidence: Mapping[str, float] = field(default_factory=dict)
    documents: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "evidence": dict(self.evidence), "documents": list(self.documents)}

    def lines(self) -> list[str]:
        """For the terminal."""
        first = f"{self.severity:<9}{self.rule:<20}{self.channel} in {self.stage}: {self.says}"
        rest = [f"         {self.advice}"] if self.advice else []
        if self.documents:
            rest.append(f"         look at: {', '.join(self.documents)}")
        return [first, *rest]


def ordered(findings: list[Finding]) -> list[Finding]:
    """Errors first, then by confidence."""
    return sorted(findings, key=lambda one: (_ORDER[one.severity], -one.confidence))
