"""What a sample of a source's training documents is like, whatever its loss: garbled, copied, templated."""

from collections.abc import Iterator

from rewarm.diagnose.finding import Finding, Severity
from rewarm.diagnose.view import View

# Shares of characters, documents, text. Clean corpora have under 0.001 garbled characters.
GARBLED, COPIES, FRAMED = 0.005, 0.2, 0.3


def content(view: View) -> Iterator[Finding]:
    """Garbled text of any source; copies and templates of a domain, which teach their wording."""
    for one in view.sources:
        texts = view.texts(one.value) if one.stage == view.first_stage else None
        if texts is None:
            continue
        evidence = {"garbled": texts.garbled, "copies": texts.copies, "framed": texts.framed}
        severity: Severity = "warning" if view.is_domain(one.value) else "note"
        if texts.garbled > GARBLED:
            yield Finding(
                "garbled", "warning", one.name, one.stage,
                f"{texts.garbled:.1%} of the characters are those of a wrong encoding",
                "Repair or drop these documents: `clean` and `select` have rules for wrong characters, "
                "`rewarm parse FILE` shows how a file is read.", 0.95, evidence, texts.worst,
            )  # fmt: skip
        if texts.copies > COPIES:
            yield Finding(
                "repeated", severity, one.name, one.stage,
                f"{texts.copies:.0%} of {texts.documents} documents consist of lines of other documents",
                "The loss falls because copies are memorised: deduplicate (`dedupe`, `trim`).", 0.95,
                evidence, texts.copied,
            )  # fmt: skip
        elif texts.framed > FRAMED:
            yield Finding(
                "templated", severity, one.name, one.stage,
                f"{texts.framed:.0%} of the text are lines that a tenth of the documents or more share",
                "Templates teach their frame: cap them with `phrases` or `dedupe.near`, or lower the share.",
                0.95, evidence, texts.worst,
            )  # fmt: skip
