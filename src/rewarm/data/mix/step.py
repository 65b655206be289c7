"""Plans every stage: which documents of which labels, how many tokens of each."""

import json
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.earlier import USES, Earlier
from rewarm.corpus.tables import ids, ledger, token_table
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.mix import by_length, choices, documents
from rewarm.data.mix.formatted import by_source, left_out
from rewarm.data.mix.pools import pools, selected
from rewarm.data.mix.shares import budgets, common_factor, in_proportion
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError

# A shortfall within this share is rounding, and one document cut to fit.
_TOLERANCE = 0.01


def run(work: Work) -> Counts:
    """tokens, attributes, labels, affinity → STAGE.parquet (id, leaf, repeat, tokens, cropped), plan.json,
    choices.json, leaves.json, leaf_of/, heldout_leaf_of/, ledger."""
    config = work.config
    table = token_table.summary(work.table("tokens"))
    earlier = Earlier.of(config)
    about = documents.read(work, table, earlier.leaves() if earlier else [])
    leaves, leaf = about.leaves, about.leaf
    documents.write(work.folder, table, about)
    used = _used(work, earlier, table.ids)
    before = used.copy()
    plan: dict[str, Any] = {}
    counts: Counts = {}
    shortfall = config["shortfall"]
    chosen = [selected(stage, config["selectors"], leaves, leaf) for stage in config["stages"]]
    ties = ids.ranks(table.ids, "mix", config["seed"], "quality")
    formatted = left_out(
        about.format_ratio, table.sources, about.code | table.heldout, about.quality, ties,
        config.get("formatted_ratio", 1.0), config.get("max_formatted"),
    )  # fmt: skip
    drawn_from = [
        pools(stage, entries, table, leaf, about.open_to(number) & ~formatted, about.quality, ties)
        for number, (stage, entries) in enumerate(zip(config["stages"], chosen, strict=True))
    ]
    size = np.bincount(leaf, table.lengths * ~(table.heldout | about.without), len(leaves))
    affinity = _affinity(work)
    stages = choices.chosen_stages(
        config, drawn_from, table, token_table.Tokens(work.table("tokens")), ties,
        [choices.likeness_of(affinity, entries, leaves, size) if affinity else None for entries in chosen],
    )  # fmt: skip
    left = by_source(formatted, table.sources)
    _tell_choices(stages, left, config.get("max_formatted"))
    factor = 1.0
    if shortfall == "shrink":
        room = [
            _available(stage, found, used, table.lengths)
            for stage, found in zip(stages, drawn_from, strict=True)
        ]
        factor, scarce_stage, scarce = common_factor(stages, room)
        _check_some_left(stages, factor, scarce_stage, scarce)
    medians: list[float] = []
    for number, stage in enumerate(stages):
        available = _available(stage, drawn_from[number], used, table.lengths)
        if shortfall == "shrink":
            given = in_proportion(factor * stage["tokens"], stage["mix"], available)
        else:
            _check_left(stage, available)
            given = budgets(stage["tokens"], stage["mix"], available)
        _tell(stage, given, shortfall)
        rank = ids.ranks(table.ids, "mix", config["seed"], number)
        joined, plan[stage["name"]] = _drawn(stage, given, drawn_from[number], about, table, used, rank)
        for entry, row in plan[stage["name"]].items():
            row["leaves"] = chosen[number][entry]
        medians.append(choices.weighted_median(about.quality[joined["row"]], joined["tokens"]))
        named = pa.array(ids.digits(table.ids[joined.pop("row")]), pa.string())
        with writing(work.folder / f"{stage['name']}.parquet") as aside:
            pq.write_table(pa.table({"id": named, **joined}), aside)
        counts[f"{stage['name']}.tokens"] = int(joined["tokens"].sum())
        counts[f"{stage['name']}.cropped"] = int(joined["cropped"].sum())
    choices.write_plan(work.folder, plan)
    if falling := choices.falling_quality([stage["name"] for stage in stages], medians):
        stages[-1]["warnings"].append(falling)
        print(f"mix       warning: {falling}", file=sys.stderr)
    choices.write(work.folder, stages, medians, left)
    repeated = np.flatnonzero((used > 1) & (used > before))
    ledger.write(
        work.folder / "ledger" / "00000.parquet",
        [
            Verdict(identity, str(source), "mix", "repeat", "epochs", "", score=float(uses))
            for identity, source, uses in zip(
                ids.digits(table.ids[repeated]), table.sources[repeated], used[repeated], strict=True
            )
        ],
    )
    return {
        **counts,
        "leaves": len(leaves),
        "documents": int((~table.heldout).sum()),
        "drawn": int((used > before).sum()),
        "repeated": len(repeated),
        **({"formatted_left_out": sum(left.values())} if left else {}),
    }


def _drawn(
    stage: dict[str, Any], given: dict[str, int], pools: dict[str, np.ndarray], about: documents.Documents,
    table: token_table.Summary, used: np.ndarray, rank: np.ndarray,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:  # fmt: skip
    """The rows of a stage, and its part of plan.json. Counts into `used`."""
    rows: list[dict[str, np.ndarray]] = []
    plan: dict[str, Any] = {}
    for entry, budget in given.items():
        pool = pools[entry]
        drawn = by_length.draw(
            table.lengths, pool, used, budget, stage["caps"][entry], rank, stage.get("lengths")
        )
        taken, cropped = drawn.documents, drawn.cropped
        rows.append(
            {
                "row": taken,
                "leaf": about.leaf[taken],
                "repeat": _repeats(taken),
                "tokens": drawn.tokens,
                "cropped": cropped,
            }
        )
        median = choices.weighted_median(about.quality[taken], drawn.tokens)
        plan[entry] = {
            "planned_share": stage["mix"][entry],
            "planned_tokens": round(stage["tokens"] * stage["mix"][entry]),
            "tokens": int(drawn.tokens.sum()),
            "documents": len(np.unique(taken)),
            "epochs": float(drawn.tokens.sum() / max(1, table.lengths[pool].sum())),
            "available": int(table.lengths[pool].sum()),
            "max_epochs": stage["caps"][entry],
            "median_quality": None if np.isnan(median) else round(median, 4),
            **({"long": drawn.long} if drawn.long else {}),
        }
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}, plan


def _available(
    stage: dict[str, Any], pools: dict[str, np.ndarray], used: np.ndarray, lengths: np.ndarray
) -> dict[str, int]:
    """Tokens that the stage can take for each entry. Passes count over all stages, fractions of one too."""
    found = {}
    for entry, pool in pools.items():
        passes = stage["caps"][entry]
        cap, size = int(np.ceil(passes)), lengths[pool]
        whole = passes * size.sum() - (np.minimum(used[pool], cap) * size).sum()
        found[entry] = int(min((np.maximum(0, cap - used[pool]) * size).sum(), max(0.0, whole)))
    return found


def _affinity(work: Work) -> list[dict[str, Any]]:
    """What `annotate` found of the task examples; empty without any."""
    for path in work.tables.get("affinity", []):
        if path.exists():
            rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
            return rows
    return []


def _tell_choices(stages: list[dict[str, Any]], left: dict[str, int], most: int | None) -> None:
    """Print what was chosen where the recipe left it open, and what the cap on formatted text left out."""
    for stage in stages:
        if stage.get("open"):
            shares = " · ".join(f"{entry} {share:.1%}" for entry, share in stage["mix"].items())
            print(f"mix       stage {stage['name']}: {shares}", file=sys.stderr)
        for reason in stage["reasons"]:
            print(f"          {reason}", file=sys.stderr)
        for warning in stage["warnings"]:
            print(f"mix       warning: stage {stage['name']}: {warning}", file=sys.stderr)
    for source, count in left.items():
        said = f"{count:,} strongly formatted documents left out (mix.max_formatted: {most:,})"
        print(f"mix       {source}: {said}", file=sys.stderr)


def _tell(stage: dict[str, Any], given: dict[str, int], shortfall: str) -> None:
    """Say what a stage lacks. Raises RewarmError where the recipe says `stop`."""
    whole = sum(given.values())
    short = [
        f"{source} {given[source]:,} of {round(stage['tokens'] * share):,}"
        for source, share in stage["mix"].items()
        if given[source] < (1 - _TOLERANCE) * stage["tokens"] * share
    ]
    if not short:
        return
    said = f"stage {stage['name']}: {whole:,} of {stage['tokens']:,} tokens ({', '.join(short)})"
    if shortfall == "stop":
        raise RewarmError(
            f"mix.shortfall: stop, and the data cannot fill {said}. Add data, raise max_epochs, lower the "
            "stage's tokens, or set mix.shortfall to shrink or fill"
        )
    print(f"mix       {said}; mix.shortfall: {shortfall}", file=sys.stderr)


def _check_some_left(stages: list[dict[str, Any]], factor: float, stage: str, source: str) -> None:
    """Raise RewarmError when nothing is left of a source for a stage, so that all stages would be empty."""
    if any(factor * one["tokens"] < 1 for one in stages):
        raise RewarmError(
            f"stages.{stage}.max_epochs: {source} is used up already by the run that this one starts from. "
            "Raise max_epochs, add data, or set mix.shortfall: fill to train on the other sources"
        )


def _check_left(stage: dict[str, Any], available: dict[str, int]) -> None:
    """Say what stages before have used up. Raises RewarmError where nothing is left at all."""
    wanted = [source for source, share in stage["mix"].items() if share > 0]
    spent = [source for source in wanted if not available[source]]
    if spent == wanted:
        times = stage["caps"][spent[0]]
        raise RewarmError(
            f"stages.{stage['name']}.max_epochs: {', '.join(spent)} was used {times:g} times by "
            "the stages before; passes count over all stages. Raise it, or give the stages fewer tokens"
        )


def _used(work: Work, earlier: Earlier | None, documents: np.ndarray) -> np.ndarray:
    """int64 [documents]: uses by the run that this one goes on from; written down for the next."""
    uses = earlier.uses() if earlier else {}
    if earlier:
        with writing(work.folder / USES) as aside:
            aside.write_text(json.dumps(uses))
    return np.array([uses.get(identity, 0) for identity in ids.digits(documents)], dtype=np.int64)


def _repeats(chosen: np.ndarray) -> np.ndarray:
    """int64 [n]: how often the same document stands before in the draw."""
    order = np.argsort(chosen, kind="stable")
    ordered = chosen[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.zeros(0, dtype=bool)
    position = np.arange(len(ordered))
    repeats = np.empty(len(ordered), dtype=np.int64)
    repeats[order] = position - np.maximum.accumulate(np.where(starts, position, 0))
    return repeats
