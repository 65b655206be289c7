"""Settings of the step `dedupe`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Near(Part):
    """Near-duplicates by MinHash, every pair verified on its 5-grams (`data/dedupe/keep_best.py`)."""

    enabled: bool = True
    """Copies with small edits teach by heart instead of by content (Lee et al. 2022, 2107.06499)."""
    threshold: float = Field(0.8, gt=0, le=1)
    """Shared 5-grams by all 5-grams of both, boilerplate left out; 0.8 as in FineWeb and RefinedWeb."""
    ngram: Count = 5
    """Words, or characters of Chinese; also for copies of held-out documents."""
    bands: Count = 14
    rows: Count = 8
    """14 x 8 find 92 % of pairs at a similarity of 0.8 and 99.99 % at 0.9 (FineWeb's choice)."""
    frequent_share: Share = 0.01
    """A gram in this share of a source's documents is boilerplate and says nothing about a copy: entries
    of an API reference or a disease list share a template. 0 counts by `frequent_documents` alone."""
    frequent_documents: Count = 30
    """And in at least so many of up to 3,000 sampled: below, a few copies would pass for a template."""
    prefer: Literal["quality", "longest", "first"] = "quality"
    """Which of a cluster stays; then the longer one, then the smaller id. `first` is in source order."""


class Dedupe(Part):
    exact: bool = True
    """Equal after ASCII's case, width and spacing are folded; the first in source order is kept."""
    heldout_overlap: Share = 0.6
    """A training document is dropped when this share of its 5-grams is in one held-out document."""
    near: Near = Near()
    base: list[Path] = []
    """Runs, relative to the recipe, whose documents are there already: copies of them are dropped, whatever
    their quality. They need `keep_signatures`; to append a corpus, name one more run."""
    base_sources: list[str] = []
    """Sources of this recipe whose documents are there already: copies of them in other sources are dropped,
    whatever their quality."""
    keep_signatures: bool = False
    """Keep what later runs compare their documents with (`base`): about as much disk as the text."""
