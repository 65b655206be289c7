"""Find the signatures that earlier runs kept for comparison with later ones (`dedupe.base`)."""

from collections.abc import Sequence
from pathlib import Path

from rewarm.engine.step import EarlierCorpus
from rewarm.errors import RewarmError
from rewarm.recipe import Near
from rewarm.runs.run import Run

STORED = "_stored"


def find(runs: Sequence[Path], near: Near) -> list[EarlierCorpus]:
    """The kept signatures of each run, in order.

    Raises RewarmError for a run that kept nothing, or whose signatures cannot be compared with these.
    """
    if runs and not near.enabled:
        raise RewarmError(
            "dedupe.base: compares by signatures, and dedupe.near.enabled: false makes none. Enable it, or "
            "take dedupe.base out"
        )
    return [_one(run, near) for run in runs]


def _one(run: Path, near: Near) -> EarlierCorpus:
    deduped = Run(run).steps.get("dedupe")
    if deduped is None or not (deduped.path / STORED).is_dir():
        raise RewarmError(
            f"dedupe.base: {run} kept no signatures of its documents. Set dedupe.keep_signatures in its "
            "recipe and run it again with --until dedupe"
        )
    for name in ("ngram", "bands", "rows"):
        theirs = deduped.manifest.config[f"dedupe.near.{name}"]
        if theirs != getattr(near, name):
            raise RewarmError(
                f"dedupe.base: {run} was made with dedupe.near.{name} {theirs}, this recipe has "
                f"{getattr(near, name)}: signatures can be compared only where they agree"
            )
    return EarlierCorpus(deduped.path, deduped.manifest.key)
