"""An incident in words."""

from math import isfinite

from rewarm.corpus.tables.incidents import Incident


def in_words(row: Incident) -> str:
    """An incident on one line: what was seen, what was done, which documents."""
    alarms = row["alarms"]
    first = alarms[0] if alarms else None
    seen = ""
    if first:
        what = first["kind"].replace("_", " ") + (f" {first['direction']}" if first["direction"] else "")
        value, usual = first["value"], first["expected"]
        known = isinstance(value, float) and isinstance(usual, float) and isfinite(value) and usual
        seen = f"{what} {value:.4g}, usual {usual:.4g}" if known else what
        seen += f" and {len(alarms) - 1} more" if len(alarms) > 1 else ""
        seen += "; "
    ids = [part["id"] for part in row["documents"]]
    named = f": {', '.join(ids[:5])}" + (f" and {len(ids) - 5} more" if len(ids) > 5 else "") if ids else ""
    return f"update {row['update']} ({row['stage']}): {seen}{row['verdict']}, {row['action']}{named}"
