"""The order and packing of a run's stages, and the origin of a token, as lines for a terminal."""

from typing import Any

from rewarm.runs.sequences import Origin


def lines(summary: dict[str, Any]) -> list[str]:
    """Two lines a stage, and one for each channel whose order is no shuffle."""
    found = []
    for stage, about in summary.items():
        pack = about["pack"]
        slots = pack["sequences"] * pack["seq_len"]
        cut, documents = pack["cut"], pack["documents"]
        found.append(
            f"{stage:<10}{pack['sequences']:,} sequences of {pack['seq_len']:,} · padding "
            f"{_percent(pack['padding_tokens'], slots)} · {cut:,} of {documents:,} documents cut · "
            f"{_percent(pack['joined_tokens'], pack['tokens'])} of the tokens see another document"
        )
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in pack["cuts"].items() if number)
        if kinds:
            found.append(f"  cuts    behind: {kinds}")
        found += [f"  {channel:<8}{_order(own)}" for channel, own in about["order"].items()]
    return found


def lines_of_token(origin: Origin) -> list[str]:
    """Where a token comes from."""
    before = origin.documents_before
    seen = f"{before} related document{'s' * (before != 1)} before it" if before else "its own document alone"
    return [
        f"token     {origin.token} of sequence {origin.sequence} ({origin.stage})",
        f"document  {origin.document}  token {origin.place}",
        f"from      {origin.source}  {origin.origin}",
        f"context   from token {origin.context}: {seen}",
    ]


def _order(own: dict[str, Any]) -> str:
    said = f"{own['by']}, {own['documents']:,} documents"
    if own["by"] == "curriculum":
        means = ", ".join("–" if band["mean"] is None else f"{band['mean']:.4g}" for band in own["bands"])
        return f"{said}: mean {own['key']} by band {means}" + (
            f" · {own['without_key']:,} without it" if own["without_key"] else ""
        )
    if own["by"] == "related":
        cosines = f"{own['similarity_following']:.3f}, of pairs by chance {own['similarity_by_chance']:.3f}"
        return (
            f"{said}: {own['in_groups']:,} in groups · cosine of neighbours {cosines} · "
            f"{own['near_copies']:,} near-copies · {own['without_related']:,} without a related one · "
            f"{own['too_long']:,} as long as a sequence"
        )
    if own["by"] == "user":
        groups = f"{own['in_groups']:,} in groups of {own['users']:,} users"
        return f"{said}: {groups} · {own['without_field']:,} without a user"
    return said


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "0 %"
