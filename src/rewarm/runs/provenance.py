"""When the collected documents were written, by source: years, precision, and where the dates came from."""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from rewarm.corpus.tables import attributes
from rewarm.corpus.tables.provenance import UNKNOWN
from rewarm.runs import step_tables
from rewarm.runs.run import Run
from rewarm.runs.step_tables import StepFolder

_NAMES = ["date", "date_precision", "date_origin", "licence", "rights"]


@dataclass(slots=True)
class Dated:
    """A source's collected documents: by year (`unknown` for those without a date), precision, origin of the
    date, licence and reserved use. left_out: reason → documents that a cut-off or their rights left out."""

    source: str
    documents: int = 0
    years: Counter[str] = field(default_factory=Counter)
    precisions: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    rights: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def known(self) -> int:
        """Documents with a date."""
        return self.documents - self.years[UNKNOWN]

    @property
    def span(self) -> str:
        """The first and last year, or "" without any date."""
        years = sorted(year for year in self.years if year != UNKNOWN)
        return "" if not years else years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def dated(run: Run) -> list[Dated]:
    """A row a source with collected or left out documents, in the order of the recipe; none before `collect`,
    nor for a run whose `collect` wrote no dates."""
    collected = run.steps.get("collect")
    if collected is None or not (collected.path / "attributes").is_dir():
        return []
    found: dict[str, Dated] = {}
    for shard in collected.shards():
        _add(found, collected, shard)
    prefix = "left_out."
    for name, count in collected.manifest.counts.items():
        reason, _, source = name.removeprefix(prefix).partition(".")
        part, _, source = source.partition(".")
        if name.startswith(prefix) and source:
            found.setdefault(source, Dated(source)).left_out[f"{reason}.{part}"] += count
    order = [str(source["name"]) for source in run.recipe.get("sources", [])]
    return sorted(found.values(), key=lambda row: order.index(row.source) if row.source in order else 1 << 30)


def _add(found: dict[str, Dated], collected: StepFolder, shard: str) -> None:
    rows = step_tables.went_on(collected, shard, ["source"])
    if rows is None or not len(rows):
        return
    ids = rows["id"].combine_chunks()
    beside = attributes.columns([collected.path / "attributes"], shard, ids, _NAMES)
    columns = {name: beside[name].cast(pa.string()).to_pylist() for name in _NAMES}
    for place, source in enumerate(rows["source"].to_pylist()):
        row = found.setdefault(source, Dated(source))
        row.documents += 1
        date = columns["date"][place] or UNKNOWN
        row.years[date if date == UNKNOWN else date[:4]] += 1
        row.precisions[columns["date_precision"][place] or UNKNOWN] += 1
        if origin := columns["date_origin"][place]:
            row.origins[origin] += 1
        if licence := columns["licence"][place]:
            row.licences[licence] += 1
        row.rights.update((columns["rights"][place] or "").split())
