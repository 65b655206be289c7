"""Plans every stage: which documents of which source, how many tokens of each."""

import hashlib
import json
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.earlier import USES, Earlier
from rewarm.corpus.tables import ledger, token_table
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.mix.shares import best, budgets, common_factor, draw, in_proportion
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError

_STREAM = 1
# A shortfall within this share is rounding, and one document cut to fit.
_TOLERANCE = 0.01


def run(work: Work) -> Counts:
    """tokens, leaves → STAGE.parquet (document, id, leaf, repeat, tokens, cropped), plan.json, ledger."""
    leaves = json.loads(work.table("leaves").read_text())
    table = token_table.summary(work.table("tokens"))
    training = ~table.heldout
    used = _used(work, table.ids)
    before = used.copy()
    plan: dict[str, Any] = {}
    counts: Counts = {}
    stages, shortfall = work.config["stages"], work.config["shortfall"]
    pools = [_pools(stage, leaves, table, training) for stage in stages]
    factor = 1.0
    if shortfall == "shrink":
        room = [_available(stages[at], pools[at], used, table.lengths) for at in range(len(stages))]
        factor, scarce_stage, scarce_source = common_factor(stages, room)
        _check_some_left(stages, factor, scarce_stage, scarce_source)
    for number, stage in enumerate(stages):
        available = _available(stage, pools[number], used, table.lengths)
        if shortfall == "shrink":
            given = in_proportion(factor * stage["tokens"], stage["mix"], available)
        else:
            _check_left(stage, available)
            given = budgets(stage["tokens"], stage["mix"], available)
        _tell(stage, given, shortfall)
        rows: list[dict[str, np.ndarray]] = []
        plan[stage["name"]] = {}
        for source, budget in given.items():
            pool = pools[number][source]
            uses = used[pool]
            # A stream for each source: others beside it, or in another order, change nothing of its draw.
            rng = np.random.default_rng([_STREAM, work.config["seed"], number, _stream_of(source)])
            drawn = draw(table.lengths[pool], uses, budget, stage["max_epochs"], rng)
            used[pool] = uses
            chosen = pool[drawn.documents]
            cropped = np.zeros(len(chosen), dtype=np.int64)
            if drawn.cropped:
                cropped[-1] = drawn.cropped
            rows.append(
                {
                    "document": chosen,
                    "leaf": table.leaves[chosen],
                    "repeat": _repeats(chosen),
                    "tokens": drawn.tokens,
                    "cropped": cropped,
                }
            )
            plan[stage["name"]][source] = {
                "planned_share": stage["mix"][source],
                "planned_tokens": round(stage["tokens"] * stage["mix"][source]),
                "tokens": int(drawn.tokens.sum()),
                "documents": len(np.unique(chosen)),
                "epochs": float(drawn.tokens.sum() / max(1, table.lengths[pool].sum())),
                "available": int(table.lengths[pool].sum()),
            }
        joined = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
        joined = {"document": joined["document"], "id": table.ids[joined["document"]], **joined}
        with writing(work.folder / f"{stage['name']}.parquet") as aside:
            pq.write_table(pa.table(joined), aside)
        counts[f"{stage['name']}.tokens"] = int(joined["tokens"].sum())
        counts[f"{stage['name']}.cropped"] = int(joined["cropped"].sum())
    with writing(work.folder / "plan.json") as aside:
        aside.write_text(json.dumps(plan, indent=1))
    repeated = np.flatnonzero((used > 1) & (used > before))
    names = [leaf["source"] for leaf in leaves]
    ledger.write(
        work.folder / "ledger" / "00000.parquet",
        [
            Verdict(
                str(table.ids[row]),
                names[table.leaves[row]],
                "mix",
                "repeat",
                "epochs",
                "",
                score=float(used[row]),
            )
            for row in repeated
        ],
    )
    return {
        **counts,
        "documents": int(training.sum()),
        "drawn": int((used > before).sum()),
        "repeated": len(repeated),
    }


def _pools(
    stage: dict[str, Any], leaves: list[dict[str, Any]], table: token_table.Summary, training: np.ndarray
) -> dict[str, np.ndarray]:
    """Rows of the documents of each source that the stage may draw.

    Raises RewarmError for a source without documents.
    """
    pools: dict[str, np.ndarray] = {}
    empty = []
    for source, share in stage["mix"].items():
        leaf = next(item["leaf"] for item in leaves if item["source"] == source)
        pool = np.flatnonzero(training & (table.leaves == leaf))
        if share > 0 and not table.lengths[pool].sum():
            empty.append(source)
        pools[source] = pool[best(table.quality[pool], table.lengths[pool], stage["best"])]
    if empty:
        raise RewarmError(
            f"stages.{stage['name']}.mix: no training documents left of {', '.join(empty)}; see the "
            "funnel for what dropped them, or take the source out of the mix"
        )
    return pools


def _available(
    stage: dict[str, Any], pools: dict[str, np.ndarray], used: np.ndarray, lengths: np.ndarray
) -> dict[str, int]:
    """Tokens that the stage can take of each source. Passes count over all stages, fractions of one too."""
    cap = int(np.ceil(stage["max_epochs"]))
    return {
        source: int(
            np.minimum(
                (np.maximum(0, cap - used[pool]) * lengths[pool]).sum(),
                max(
                    0.0,
                    stage["max_epochs"] * lengths[pool].sum()
                    - (np.minimum(used[pool], cap) * lengths[pool]).sum(),
                ),
            )
        )
        for source, pool in pools.items()
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


def _stream_of(source: str) -> int:
    return int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], "big")


def _used(work: Work, ids: np.ndarray) -> np.ndarray:
    """int64 [documents]: uses by the run that this one goes on from; written down for the next."""
    earlier = Earlier.of(work.config)
    uses = earlier.uses() if earlier else {}
    if earlier:
        with writing(work.folder / USES) as aside:
            aside.write_text(json.dumps(uses))
    return np.array([uses.get(identity, 0) for identity in ids.tolist()], dtype=np.int64)


def _repeats(chosen: np.ndarray) -> np.ndarray:
    """int64 [n]: how often the same document stands before in the draw."""
    order = np.argsort(chosen, kind="stable")
    ordered = chosen[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.zeros(0, dtype=bool)
    position = np.arange(len(ordered))
    repeats = np.empty(len(ordered), dtype=np.int64)
    repeats[order] = position - np.maximum.accumulate(np.where(starts, position, 0))
    return repeats
