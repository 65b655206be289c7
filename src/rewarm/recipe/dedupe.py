"""Settings of the step `dedupe`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Near(Part):
    """Near-duplicates by MinHash, every pair verified on its 5-grams (`data/dedupe/keep_best.py`)."""

    enabled: bool = True
    """Copies with small edits lead to memorisation (Lee et al. 2022, 2107.06499)."""
    threshold: float = Field(0.8, gt=0, le=1)
    """Jaccard similarity of the 5-gram sets, without boilerplate; 0.8 as in FineWeb and RefinedWeb."""
    ngram: Count = 5
    """Words, or Chinese characters; also for copies of held-out documents."""
    bands: Count = 14
    """Bands of the MinHash signature; documents that agree in a whole band are compared."""
    rows: Count = 8
    """14 x 8 find 92 % of pairs at a similarity of 0.8 and 99.99 % at 0.9 (FineWeb's choice)."""
    frequent_share: Share = 0.01
    """An n-gram in this share of a source's documents is boilerplate and not compared: entries of an API
    reference or a disease list share a template. 0: `frequent_documents` alone decides."""
    frequent_documents: Count = 30
    """Minimum number among up to 3,000 sampled documents: with fewer, copies would count as a template."""
    prefer: Literal["quality", "longest", "first"] = "quality"
    """Which document of a cluster is kept; ties: the longer one, then the smaller id. `first`: source
    order."""


class Dedupe(Part):
    """Drop copies of documents, exact and near, and copies of held-out documents."""

    exact: bool = True
    """Drop documents equal after folding ASCII case, width and spacing; the first in source order is kept."""
    heldout_overlap: Share = 0.6
    """A training document is dropped when this share of its 5-grams is in one held-out document."""
    near: Near = Near()
    base: list[Path] = []
    """Earlier runs, relative to the recipe: copies of their documents are dropped, whatever their quality.
    They need `keep_signatures`. To append a corpus, add a run."""
    base_sources: list[str] = []
    """Sources of this recipe whose documents take precedence: copies of them in other sources are dropped,
    whatever their quality."""
    keep_signatures: bool = False
    """Keep the data that later runs need to compare with this one (`base`): about the size of the text."""
