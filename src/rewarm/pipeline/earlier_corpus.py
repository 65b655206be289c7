"""Finds what earlier runs kept of their documents for later ones to be compared with (`dedupe.base`)."""

import json
from collections.abc import Sequence
from pathlib import Path

from rewarm.engine.step import EarlierCorpus
from rewarm.errors import RewarmError
from rewarm.recipe import Near
from rewarm.runs.tables import step_dir

STORED = "_stored"


def find(runs: Sequence[Path], near: Near) -> list[EarlierCorpus]:
    """What each run kept, in order.

    Raises RewarmError for a run that kept nothing, or whose signatures cannot be compared with these.
    """
    if runs and not near.enabled:
        raise RewarmError(
            "dedupe.base: compares by signatures, and dedupe.near.enabled: false makes none. Enable it, or "
            "take dedupe.base out"
        )
    return [_one(run, near) for run in runs]


def _one(run: Path, near: Near) -> EarlierCorpus:
    folder = step_dir(run, "dedupe")
    if folder is None or not (folder / STORED).is_dir():
        raise RewarmError(
            f"dedupe.base: {run} kept no signatures of its documents. Set dedupe.keep_signatures in its "
            "recipe and run it again with --until dedupe"
        )
    manifest = json.loads((folder / "_manifest.json").read_text())
    for name in ("ngram", "bands", "rows"):
        theirs = manifest["config"][f"dedupe.near.{name}"]
        if theirs != getattr(near, name):
            raise RewarmError(
                f"dedupe.base: {run} was made with dedupe.near.{name} {theirs}, this recipe has "
                f"{getattr(near, name)}: signatures can be compared only where they agree"
            )
    return EarlierCorpus(folder, manifest["key"])
