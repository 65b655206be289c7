"""The thread between a document and the updates that trained on it, as lines for a terminal."""

from rewarm.runs.history import History, TrainedOn


def lines_of_document(found: History) -> list[str]:
    """What became of a document: from where, each verdict, each use in training; its text as it is."""
    labels = ", ".join(f"{axis}: {value}" for axis, value in found.labels.items())
    lines = [
        f"document  {found.id}",
        f"from      {found.source}  {found.origin}",
        f"labels    {labels}",
    ]
    if found.heldout:
        lines.append("heldout   kept from training, measured before and after")
    for verdict in found.verdicts:
        score = "" if verdict.score is None else f"  {verdict.score:.4g}"
        limit = "" if verdict.threshold is None else f" against {verdict.threshold:.4g}"
        match = f"  match {verdict.match}" if verdict.match else ""
        lines.append(f"{verdict.step + ' ':<10}{verdict.verdict} {verdict.reason}{score}{limit}{match}")
    for use in found.trained:
        lines.append(
            f"trained   update {use.update} ({use.stage})  tokens {use.first_token}–"
            f"{use.first_token + use.tokens}  {use.block} sequence {use.sequence}{_pages(use.pages)}"
        )
    if not found.trained and not found.heldout:
        lines.append("trained   never")
    return [*lines, "", found.text[:1000]]


def lines_of_update(found: TrainedOn) -> list[str]:
    """The parts of documents that an update trained on."""
    lines = [f"update {found.update} ({found.stage}): {len(found.documents)} parts of documents"]
    for part in found.documents:
        lines.append(
            f"{part.id}  {part.tokens:>6} tokens from {part.first_token:<7} {part.source:<14} "
            f"{f'{part.origin}{_pages(part.pages)}  ' if part.pages else ''}{part.excerpt[:60]}"
        )
    return lines


def _pages(pages: str) -> str:
    return f"  page{'s' * ('–' in pages)} {pages}" if pages else ""
