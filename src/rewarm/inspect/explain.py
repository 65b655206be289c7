"""The history of a document and the documents of an update, as lines for a terminal."""

from rewarm.runs.history import History, TrainedOn


def lines_of_document(history: History) -> list[str]:
    """Origin, date, rights, verdicts and uses in training of a document, and its text, not escaped."""
    labels = ", ".join(f"{axis}: {value}" for axis, value in history.labels.items())
    lines = [
        f"document  {history.id}",
        f"from      {history.source}  {history.origin}",
        f"labels    {labels}",
    ]
    if history.date:
        lines.append(f"dated     {history.date}{_origin(history.date_origin)}")
    if history.licence:
        lines.append(f"licence   {history.licence}{_origin(history.licence_origin)}")
    if history.rights:
        lines.append(f"rights    reserved: {history.rights}")
    if history.heldout:
        lines.append("heldout   kept from training, measured before and after")
    for verdict in history.verdicts:
        score = "" if verdict.score is None else f"  {verdict.score:.4g}"
        limit = "" if verdict.threshold is None else f" against {verdict.threshold:.4g}"
        match = f"  match {verdict.match}" if verdict.match else ""
        lines.append(f"{verdict.step + ' ':<10}{verdict.verdict} {verdict.reason}{score}{limit}{match}")
    for use in history.trained:
        lines.append(
            f"trained   update {use.update} ({use.stage})  tokens {use.first_token}–"
            f"{use.first_token + use.tokens}  {use.block} sequence {use.sequence}{_pages(use.pages)}"
        )
    if not history.trained and not history.heldout:
        lines.append("trained   never")
    return [*lines, "", history.text[:1000]]


def lines_of_update(update: TrainedOn) -> list[str]:
    """The parts of documents that an update trained on."""
    lines = [f"update {update.update} ({update.stage}): {len(update.documents)} parts of documents"]
    for part in update.documents:
        lines.append(
            f"{part.id}  {part.tokens:>6} tokens from {part.first_token:<7} {part.source:<14} "
            f"{f'{part.origin}{_pages(part.pages)}  ' if part.pages else ''}{part.excerpt[:60]}"
        )
    return lines


def _origin(place: str | None) -> str:
    return f"  from {place}" if place else ""


def _pages(pages: str) -> str:
    return f"  page{'s' * ('–' in pages)} {pages}" if pages else ""
