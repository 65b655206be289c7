"""What `mix` knows of each document besides its tokens: its leaf, its quality, the stages that may have
it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from rewarm.corpus.labelled import Labelled, labelled
from rewarm.corpus.tables import attributes, ids, labels
from rewarm.corpus.tables import leaves as leaf_tables
from rewarm.corpus.tables.leaves import Leaf
from rewarm.corpus.tables.token_table import Summary
from rewarm.data.mix import leaf_numbers
from rewarm.engine.work import Work

# As `route` writes it: readable but dirty text, for the stage that tolerates noise.
_FIRST = "first_stage"


@dataclass(frozen=True)
class Documents:
    """leaves: all there are; leaf: int32 [documents]; quality: float64 [documents], NaN where nothing
    measured it; first_stage: bool [documents], those that no later stage may have; format_ratio: float64
    [documents], NaN where nothing measured it; without: bool [documents], of sources in `mix.without`."""

    leaves: list[Leaf]
    leaf: np.ndarray
    quality: np.ndarray
    first_stage: np.ndarray
    format_ratio: np.ndarray
    without: np.ndarray

    @property
    def code(self) -> np.ndarray:
        """bool [documents]: labelled as code."""
        own = [one.number for one in self.leaves if "code" in (one.value("language"), one.value("task"))]
        found: np.ndarray = np.isin(self.leaf, own)
        return found

    def open_to(self, stage: int) -> np.ndarray:
        """bool [documents]: those that a stage may have. stage: its number, from 0."""
        return ~self.without if stage == 0 else ~(self.without | self.first_stage)


def read(work: Work, table: Summary, earlier: Sequence[Leaf]) -> Documents:
    """Labels, quality and route of the documents with tokens. earlier: leaves of the run that this one goes
    on from.

    Raises RewarmError as `leaf_numbers.labelled` does.
    """
    sources, axes = work.config["sources"], work.config["axes"]
    named = {name for source in sources for name in source["attributes"].values()}
    wanted = list(dict.fromkeys(["route", "format_ratio", *sorted(named)]))
    parts: list[Labelled] = []
    qualities, first_stage, ratios = [np.empty(0)], [np.empty(0, bool)], [np.empty(0)]
    for shard, rows in _slices(table):
        identities = pa.array(ids.digits(table.ids[rows]), pa.string())
        beside = attributes.columns(work.tables["attributes"], shard, identities, wanted)
        qualities.append(attributes.quality(work.tables["attributes"], shard, identities))
        first_stage.append(np.array([way == _FIRST for way in beside["route"].to_pylist()], bool))
        ratios.append(beside["format_ratio"].cast(pa.float64()).to_numpy().astype(np.float64))
        own = labels.read(work.tables.get("labels", []), shard, identities)
        parts.append(labelled(table.sources[rows], sources, axes, own, beside))
    joined = {
        axis: pa.concat_arrays([*(part[axis] for part in parts), pa.array([], pa.string())])
        for axis in ["source", *axes]
    }
    leaves, leaf = leaf_numbers.number(joined, sources, earlier)
    return Documents(
        leaves,
        leaf,
        np.concatenate(qualities),
        np.concatenate(first_stage),
        np.concatenate(ratios),
        np.isin(table.sources, work.config.get("without", [])),
    )


def write(folder: Path, table: Summary, about: Documents) -> None:
    """leaves.json, leaf_of/ and heldout_leaf_of/."""
    leaf_tables.write(folder / "leaves.json", about.leaves)
    for shard, rows in _slices(table):
        identities = pa.array(ids.digits(table.ids[rows]), pa.string())
        leaf_tables.write_shard(folder / "leaf_of" / shard, identities, about.leaf[rows])
    held = pa.array(ids.digits(table.ids[table.heldout]), pa.string())
    leaf_tables.write_shard(folder / "heldout_leaf_of" / "00000.parquet", held, about.leaf[table.heldout])


def _slices(table: Summary) -> list[tuple[str, slice]]:
    """Each shard's file name, and its rows."""
    slices, start = [], 0
    for shard, size in table.shards:
        slices.append((shard, slice(start, start + size)))
        start += size
    return slices
