"""Lines that commands print of what they found; every text of a document made safe for a terminal."""

from typing import Any


def quarantined(outcomes: list[dict[str, Any]]) -> list[str]:
    """The shards that steps went on without, each once."""
    lost = {(outcome["folder"], row["shard"]): (outcome, row)
            for outcome in outcomes for row in outcome["quarantined"]}  # fmt: skip
    lines = []
    for step, row in lost.values():
        count = "documents unknown" if row["documents"] is None else f"{row['documents']:,} documents"
        lines.append(
            safe(
                f"quarantined {step['step']} shard {row['shard']} ({count}; {', '.join(row['files'][:3])}) "
                f"after {row['tries']} tries: {row['reason']}"
            )
        )
    return lines


def outcome(variant: str, found: Any) -> str:
    """One step of a run: its counts and seconds, or why it did not run."""
    name = f"{variant}: {found.step} " if variant else f"{found.step} "
    counts = " · ".join(
        f"{count:,} {key.replace('_', ' ')}"
        for key, count in found.counts.items()
        if "." not in key and count
    )
    if found.state == "ran":
        return f"{name:<{24 if variant else 10}}{counts}   {found.seconds:.0f} s"
    detail = found.why or counts
    return f"{name:<{24 if variant else 10}}{found.state:<10}{detail}"


def gpu_row(row: Any) -> str:
    """A line of `doctor --gpu`, and its remedy where it failed."""
    met = {True: "ok", False: "FAILS", None: ""}[row.ok]
    remedy = f"\n{'':<26}{row.remedy}" if row.ok is False and row.remedy else ""
    return f"{met:<6}{row.name:<20}{row.seen}{remedy}"


def pruned(found: Any, *, dry: bool) -> list[str]:
    """A directory of `prune`: removed, kept and why, or why it could not be removed."""
    act = "kept" if found.kept else "not removed" if found.failed else "would remove" if dry else "removed"
    why = found.kept or found.failed
    return [f"{act:<13}{found.bytes / 1e6:>10,.1f} MB  {found.folder}{f'   {why}' if why else ''}"]


def life(found: dict[str, Any]) -> list[str]:
    """What became of a document: from where, each verdict, each use in training."""
    labels = ", ".join(f"{axis}: {value}" for axis, value in found["labels"].items())
    lines = [
        f"document  {found['id']}",
        f"from      {found['source']}  {found['origin']}",
        f"labels    {labels}",
    ]
    if found["heldout"]:
        lines.append("heldout   kept from training, measured before and after")
    for verdict in found["verdicts"]:
        score = "" if verdict["score"] is None else f"  {verdict['score']:.4g}"
        limit = "" if verdict["threshold"] is None else f" against {verdict['threshold']:.4g}"
        match = f"  match {verdict['match']}" if verdict["match"] else ""
        lines.append(
            f"{verdict['step'] + ' ':<10}{verdict['verdict']} {verdict['reason']}{score}{limit}{match}"
        )
    for use in found["trained"]:
        last = use["first_token"] + use["tokens"]
        lines.append(
            f"trained   step {use['step']} ({use['stage']})  tokens {use['first_token']}–{last}  "
            f"{use['block']} sequence {use['sequence']}"
        )
    if not found["trained"] and not found["heldout"]:
        lines.append("trained   never")
    return [*lines, "", safe(found["text"][:1000])]


def incidents(found: list[dict[str, Any]]) -> list[str]:
    """What the guard met, with the documents that did it."""
    lines = []
    for row in found:
        lines.append(row["said"])
        for part in row["documents"]:
            lines.append(
                f"  {part['id']}  {part['source']:<14} {part['nats_per_token']} nats/token  {part['origin']}"
            )
            lines.append(f"  {'':<20}  {safe(part['excerpt'])}")
    return lines or ["no incidents"]


def clusters(found: list[dict[str, Any]]) -> list[str]:
    """Near-duplicates: what was kept, and what was dropped for it with its similarity."""
    lines = []
    for cluster in found:
        lines.append(f"{cluster['cluster']}  {cluster['documents']:,} documents")
        for row in cluster["members"]:
            said = "kept" if row["id"] == cluster["cluster"] else f"{row['similarity']:.3f}"
            start = safe(" ".join(row["excerpt"].split())[:90])
            lines.append(f"  {said:<6}{row['id']}  {row['source']:<14} {start}")
    return lines or ["no near-duplicates"]


def documents(found: dict[str, Any]) -> list[str]:
    """The parts of documents that a training step saw."""
    lines = [f"step {found['step']} ({found['stage']}): {len(found['documents'])} parts of documents"]
    for part in found["documents"]:
        lines.append(
            f"{part['id']}  {part['tokens']:>6} tokens from {part['first_token']:<7} {part['source']:<14} "
            f"{safe(part['excerpt'][:60])}"
        )
    return lines


def safe(text: str) -> str:
    """Documents come from anywhere: no control sequence of theirs reaches the terminal."""
    spaces = "\n\u00a0\u202f\u3000"
    return "".join(letter if letter.isprintable() or letter in spaces else "\ufffd" for letter in text)
