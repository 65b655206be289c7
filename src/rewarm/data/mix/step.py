"""Plans every stage: which documents of which source, how many tokens of each."""

import hashlib
import json
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus import ledger, token_table
from rewarm.corpus.earlier import USES, Earlier
from rewarm.corpus.ledger import Verdict
from rewarm.corpus.publish import writing
from rewarm.corpus.work import Counts, Work
from rewarm.data.mix.shares import best, budgets, draw
from rewarm.errors import RewarmError

_STREAM = 1


def run(work: Work) -> Counts:
    """tokenize → STAGE.parquet (document, id, leaf, repeat, tokens, cropped), plan.json, ledger."""
    leaves = json.loads((work.inputs["tokenize"] / "leaves.json").read_text())
    table = token_table.summary(work.inputs["tokenize"] / "tokens")
    training = ~table.heldout
    used = _used(work, table.ids)
    before = used.copy()
    plan: dict[str, Any] = {}
    counts: Counts = {}
    for number, stage in enumerate(work.config["stages"]):
        pools: dict[str, np.ndarray] = {}
        for source in stage["mix"]:
            leaf = next(item["leaf"] for item in leaves if item["source"] == source)
            pool = np.flatnonzero(training & (table.leaves == leaf))
            chosen = best(table.quality[pool], table.lengths[pool], stage["best"])
            pools[source] = pool[chosen]
        cap = int(np.ceil(stage["max_epochs"]))
        available = {
            source: int(
                np.minimum(
                    (np.maximum(0, cap - used[pool]) * table.lengths[pool]).sum(),
                    # Passes count over all stages, fractions of one too.
                    max(
                        0.0,
                        stage["max_epochs"] * table.lengths[pool].sum()
                        - (np.minimum(used[pool], cap) * table.lengths[pool]).sum(),
                    ),
                )
            )
            for source, pool in pools.items()
        }
        _check_left(
            stage, available, {source: int(table.lengths[pool].sum()) for source, pool in pools.items()}
        )
        rows: list[dict[str, np.ndarray]] = []
        plan[stage["name"]] = {}
        for source, budget in budgets(stage["tokens"], stage["mix"], available).items():
            pool = pools[source]
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


def _check_left(stage: dict[str, Any], available: dict[str, int], there: dict[str, int]) -> None:
    """Say what is short. Raises RewarmError for a source without documents, and where nothing is left."""
    wanted = [source for source, share in stage["mix"].items() if share > 0]
    empty = [source for source in wanted if not there[source]]
    if empty:
        raise RewarmError(
            f"stages.{stage['name']}.mix: no training documents left of {', '.join(empty)}; see the "
            "funnel for what dropped them, or take the source out of the mix"
        )
    spent = [source for source in wanted if not available[source]]
    if spent == wanted:
        raise RewarmError(
            f"stages.{stage['name']}.max_epochs: {', '.join(spent)} was used {stage['max_epochs']:g} times "
            "by the stages before; passes count over all stages. Raise it, or give the stages fewer tokens"
        )
    if spent:
        print(
            f"mix       {stage['name']}: {', '.join(spent)} was used {stage['max_epochs']:g} times by the "
            "stages before, so the others give its share; raise max_epochs of this stage for more",
            file=sys.stderr,
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
