"""How a run uses long contexts: what its sequences hold, loss by position, memory planned and measured."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rewarm.corpus.tables import positions
from rewarm.corpus.tables.positions import Bin
from rewarm.runs import sequence_lengths
from rewarm.runs.run import Run
from rewarm.runs.sequence_lengths import StageLengths


@dataclass(frozen=True)
class Context:
    """stages: what their sequences hold; before, after: held-out loss by position, empty where not measured;
    peak_memory: of the training process in bytes, None where not measured."""

    stages: list[StageLengths]
    before: list[Bin]
    after: list[Bin]
    peak_memory: int | None


def of_run(run: Run) -> Context:
    """Raises RewarmError for a run without blocks."""
    found = {}
    for step in ("baseline", "evaluate"):
        path = run.file(step, "positions.parquet")
        found[step] = positions.read(path) if path else []
    memory = run.json("train", "_memory.json") or {}
    return Context(
        sequence_lengths.of_run(run), found["baseline"], found["evaluate"], memory.get("peak_resident")
    )


def lines(context: Context) -> Iterator[str]:
    """A block of lines a stage, then a line a bin of positions."""
    for stage in context.stages:
        yield (
            f"{stage.stage}: {stage.sequences:,} sequences of {stage.seq_len:,} tokens; "
            f"{stage.cross_share:.1%} hold more than one document "
            f"({stage.cross_tokens / max(1, stage.tokens):.1%} of the tokens)"
        )
        for one in stage.bins:
            share = one.tokens / max(1, stage.tokens)
            sizes = f"{one.first:,}–{one.last:,} tokens"
            yield f"  documents of {sizes}: {share:6.1%} of the tokens, {one.parts:,} parts"
        for entry, about in stage.long.items():
            yield (
                f"  {entry}: {about['share']:.1%} of {about['planned_share']:.0%} from documents of at least "
                f"{about['tokens_at_least']:,} tokens ({about['documents']:,} documents, "
                f"{about['epochs']:.2f} passes; {about['share_of_corpus']:.1%} of the corpus)"
            )
    if context.after:
        yield "held-out loss by position, before → after, bits/byte"
    before = {one.first: one for one in context.before}
    for now in context.after:
        old = before.get(now.first)
        shown = f"{old.bits_per_byte:.3f} → " if old else ""
        where = f"{now.first:,}–{now.last:,} tokens before"
        yield f"  {where}: {shown}{now.bits_per_byte:.3f}   {now.tokens:,.0f} tokens"
    if context.peak_memory is not None:
        yield f"peak memory of the training process: {context.peak_memory / 1e9:.2f} GB"


def plain(context: Context) -> dict[str, Any]:
    """For `--json`."""
    return asdict(context)
