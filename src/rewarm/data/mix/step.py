"""Plans every stage: which documents of which labels, how many tokens of each."""

import json
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.earlier import USES, Earlier
from rewarm.corpus.tables import attributes, ids, labels, ledger, token_table
from rewarm.corpus.tables.leaves import Leaf, write, write_shard
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.mix import leaf_numbers
from rewarm.data.mix.pools import pools, selected
from rewarm.data.mix.shares import budgets, common_factor, draw, in_proportion
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError

# A shortfall within this share is rounding, and one document cut to fit.
_TOLERANCE = 0.01


def run(work: Work) -> Counts:
    """tokens, attributes, labels → STAGE.parquet (id, leaf, repeat, tokens, cropped), plan.json,
    leaves.json, leaf_of/, heldout_leaf_of/, ledger."""
    config = work.config
    table = token_table.summary(work.table("tokens"))
    earlier = Earlier.of(config)
    leaves, leaf, quality = _leaves(work, table, earlier.leaves() if earlier else [])
    used = _used(work, earlier, table.ids)
    before = used.copy()
    plan: dict[str, Any] = {}
    counts: Counts = {}
    stages, shortfall = config["stages"], config["shortfall"]
    chosen = [selected(stage, config["selectors"], leaves, leaf) for stage in stages]
    ties = ids.ranks(table.ids, "mix", config["seed"], "quality")
    drawn_from = [
        pools(stage, entries, table, leaf, quality, ties)
        for stage, entries in zip(stages, chosen, strict=True)
    ]
    factor = 1.0
    if shortfall == "shrink":
        room = [
            _available(stage, found, used, table.lengths)
            for stage, found in zip(stages, drawn_from, strict=True)
        ]
        factor, scarce_stage, scarce = common_factor(stages, room)
        _check_some_left(stages, factor, scarce_stage, scarce)
    for number, stage in enumerate(stages):
        available = _available(stage, drawn_from[number], used, table.lengths)
        if shortfall == "shrink":
            given = in_proportion(factor * stage["tokens"], stage["mix"], available)
        else:
            _check_left(stage, available)
            given = budgets(stage["tokens"], stage["mix"], available)
        _tell(stage, given, shortfall)
        rank = ids.ranks(table.ids, "mix", config["seed"], number)
        rows: list[dict[str, np.ndarray]] = []
        plan[stage["name"]] = {}
        for entry, budget in given.items():
            pool = drawn_from[number][entry]
            uses = used[pool]
            drawn = draw(table.lengths[pool], uses, budget, stage["max_epochs"], rank[pool])
            used[pool] = uses
            taken = pool[drawn.documents]
            cropped = np.zeros(len(taken), dtype=np.int64)
            if drawn.cropped:
                cropped[-1] = drawn.cropped
            rows.append(
                {
                    "row": taken,
                    "leaf": leaf[taken],
                    "repeat": _repeats(taken),
                    "tokens": drawn.tokens,
                    "cropped": cropped,
                }
            )
            plan[stage["name"]][entry] = {
                "planned_share": stage["mix"][entry],
                "planned_tokens": round(stage["tokens"] * stage["mix"][entry]),
                "tokens": int(drawn.tokens.sum()),
                "documents": len(np.unique(taken)),
                "epochs": float(drawn.tokens.sum() / max(1, table.lengths[pool].sum())),
                "available": int(table.lengths[pool].sum()),
                "leaves": chosen[number][entry],
            }
        joined = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
        named = pa.array(ids.digits(table.ids[joined.pop("row")]), pa.string())
        with writing(work.folder / f"{stage['name']}.parquet") as aside:
            pq.write_table(pa.table({"id": named, **joined}), aside)
        counts[f"{stage['name']}.tokens"] = int(joined["tokens"].sum())
        counts[f"{stage['name']}.cropped"] = int(joined["cropped"].sum())
    with writing(work.folder / "plan.json") as aside:
        aside.write_text(json.dumps(plan, indent=1, ensure_ascii=False), encoding="utf-8")
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
    }


def _leaves(
    work: Work, table: token_table.Summary, earlier: list[Leaf]
) -> tuple[list[Leaf], np.ndarray, np.ndarray]:
    """The leaves, and of each document its leaf (int32) and quality (float64); writes the tables of
    leaves."""
    sources, axes = work.config["sources"], work.config["axes"]
    named = {name for source in sources for name in source["attributes"].values()}
    parts: list[leaf_numbers.Labelled] = []
    qualities = [np.empty(0)]
    start = 0
    for shard, size in table.shards:
        rows = slice(start, start + size)
        start += size
        identities = pa.array(ids.digits(table.ids[rows]), pa.string())
        beside = attributes.columns(
            work.tables["attributes"], shard, identities, ["quality", *sorted(named - {"quality"})]
        )
        qualities.append(beside["quality"].cast(pa.float64()).to_numpy().astype(np.float64))
        own = labels.read(work.tables.get("labels", []), shard, identities)
        parts.append(leaf_numbers.labelled(table.sources[rows], sources, axes, own, beside))
    joined = {
        axis: pa.concat_arrays([*(part[axis] for part in parts), pa.array([], pa.string())])
        for axis in ["source", *axes]
    }
    leaves, leaf = leaf_numbers.number(joined, sources, earlier)
    write(work.folder / "leaves.json", leaves)
    start = 0
    for shard, size in table.shards:
        rows = slice(start, start + size)
        start += size
        write_shard(
            work.folder / "leaf_of" / shard, pa.array(ids.digits(table.ids[rows]), pa.string()), leaf[rows]
        )
    held = pa.array(ids.digits(table.ids[table.heldout]), pa.string())
    write_shard(work.folder / "heldout_leaf_of" / "00000.parquet", held, leaf[table.heldout])
    return leaves, leaf, np.concatenate(qualities)


def _available(
    stage: dict[str, Any], pools: dict[str, np.ndarray], used: np.ndarray, lengths: np.ndarray
) -> dict[str, int]:
    """Tokens that the stage can take for each entry. Passes count over all stages, fractions of one too."""
    cap = int(np.ceil(stage["max_epochs"]))
    return {
        entry: int(
            np.minimum(
                (np.maximum(0, cap - used[pool]) * lengths[pool]).sum(),
                max(
                    0.0,
                    stage["max_epochs"] * lengths[pool].sum()
                    - (np.minimum(used[pool], cap) * lengths[pool]).sum(),
                ),
            )
        )
        for entry, pool in pools.items()
    }


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
        raise RewarmError(
            f"stages.{stage['name']}.max_epochs: {', '.join(spent)} was used {stage['max_epochs']:g} times "
            "by the stages before; passes count over all stages. Raise it, or give the stages fewer tokens"
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
