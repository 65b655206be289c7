"""Leak detection on real benchmark items, with models trained here: what is found, and how often by mistake.

A small base learns part of each benchmark's items. It is trained on with other items, among them items that
were kept from it, for 1, 3 and 10 exposures. Reported are the verdicts on the leaked items and on others that
were never shown, with the power; alarms on 20 clean sets, and on 20 clean sets whose twins are of another
benchmark, language, date or style; and the size of each test over 500 resamples of clean items. There are no
peers: statistical tests of other tools have no partner set.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from leaking import models, pools, trials
from leaking.trials import Pool
from support import result_table
from support.smoke import SMOKE

from rewarm.evaluate.leaks.judgement import Judgement
from rewarm.evaluate.leaks.losses import measure
from rewarm.evaluate.leaks.plan import plan
from rewarm.evaluate.tasks.prompt import ENGLISH

LEAKED = 30 if SMOKE else 120
SETS, RESAMPLES = (4, 20) if SMOKE else (20, 500)
SIZE = 30 if SMOKE else 80
EXPOSURES = (1, 3) if SMOKE else (1, 3, 10)
# Of whose result the clean sets are judged: items of the same benchmark are among its training data.
_CLEAN_AFTER = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    parser.parse_args()
    learned, kept = pools.pools()
    leaked, others = kept["sciq"][:LEAKED], learned["sciq"][len(learned["sciq"]) // 2 :]
    clean = {**kept, "sciq": kept["sciq"][LEAKED:]}
    known = [one for name, found in learned.items() for one in found if name != "sciq" or one not in others]
    plans = {name: plan(found, ENGLISH) for name, found in clean.items()}
    # They serve as twins only.
    for name, found in pools.shifted(clean).items():
        whole = plan(found, ENGLISH)
        plans[name] = replace(whole, orders=[[] for _ in found], retemplated=[])
    leaked_plan = plan(leaked, ENGLISH)
    rows = [result_table.row("items that the base learned", len(known))]
    with tempfile.TemporaryDirectory() as folder:
        tokenizer, base = models.base(Path(folder), known)
        before = {name: measure(base, tokenizer, found) for name, found in plans.items()}
        leaked_before = measure(base, tokenizer, leaked_plan)
        for times in EXPOSURES:
            result = models.continued(Path(folder), tokenizer, others, leaked, times)
            names = list(plans) if times == _CLEAN_AFTER else ["sciq"]
            measured = {
                name: Pool(plans[name], before[name], measure(result, tokenizer, plans[name]))
                for name in names
            }
            own = Pool(leaked_plan, leaked_before, measure(result, tokenizer, leaked_plan))
            rows += _planted(own, measured["sciq"], times)
            if times == _CLEAN_AFTER:
                rows += _clean(measured) + _shifted(measured, list(clean)) + _sizes(measured["sciq"])
    result_table.table("leaks", rows)


def _planted(leaked: Pool, clean: Pool, times: int) -> list[result_table.Row]:
    rng = np.random.default_rng(times)
    never, twins = trials.halves(clean, min(LEAKED, clean.size // 2), rng)
    found = leaked.judged(range(leaked.size), clean, twins)
    other = clean.judged(never, clean, twins)
    bar = 1.0 if times >= _CLEAN_AFTER else None
    return [
        result_table.row(f"leak found, {times} exposures", found.outcome == "leaked", bar),
        result_table.row(
            f"alarm on the other half, {times} exposures", other.outcome == "leaked", 0, at_most=True
        ),
        *_evidence(found, f"{times} exposures"),
    ]


def _evidence(found: Judgement, title: str) -> list[result_table.Row]:
    rows = []
    for row in found.evidence:
        if row.reason:
            print(f"{title}: {row.name} does not apply: {row.reason}")
            continue
        rows += [
            result_table.row(f"{row.name}: p-value, {title}", row.test.p),
            result_table.row(f"{row.name}: loss lower by a share of, {title}", row.share),
            result_table.row(f"{row.name}: power at 5 % less loss, {title}", row.power.at_planted),
            result_table.row(f"{row.name}: least visible share, {title}", row.power.visible),
        ]
    return rows


def _clean(measured: dict[str, Pool]) -> list[result_table.Row]:
    alarms = refused = 0
    names = [name for name in measured if "," not in name]
    for number in range(SETS):
        pool = measured[names[number % len(names)]]
        one, other = trials.halves(pool, min(SIZE, pool.size // 2), np.random.default_rng([number, 1]))
        found = pool.judged(one, pool, other)
        alarms += found.outcome == "leaked"
        refused += bool({row.name: row for row in found.evidence}["twins"].reason)
    return [
        result_table.row(f"alarms in {SETS} clean sets", alarms, 3, at_most=True),
        result_table.row(f"fair twins refused in {SETS} clean sets", refused),
    ]


def _shifted(measured: dict[str, Pool], plain: list[str]) -> list[result_table.Row]:
    pairs = [(name.partition(",")[0], name) for name in measured if "," in name]
    pairs += [(one, other) for one in plain for other in plain if one != other]
    order = np.random.default_rng(7).permutation(len(pairs) - 10).tolist() if len(pairs) > 10 else []
    chosen = [*pairs[:10], *(pairs[10 + place] for place in order)][:SETS]
    alarms = refused = 0
    for number, (name, other) in enumerate(chosen):
        # Halves of the smaller pool: shifted pools have the same items in the same places.
        least = min((measured[name], measured[other]), key=lambda pool: pool.size)
        rows, twins = trials.halves(least, min(SIZE, least.size // 2), np.random.default_rng([number, 2]))
        found = measured[name].judged(rows, measured[other], twins)
        alarms += found.outcome == "leaked"
        reason = {row.name: row for row in found.evidence}["twins"].reason
        refused += bool(reason)
        print(f"shifted: {name} against {other}: {found.outcome}; twins: {reason or 'accepted'}")
    return [
        result_table.row(f"alarms in {len(chosen)} shifted clean sets", alarms, 3, at_most=True),
        result_table.row(f"shifted twins refused in {len(chosen)} sets", refused),
    ]


def _sizes(pool: Pool) -> list[result_table.Row]:
    rows = []
    for name, share in trials.sizes(pool, SIZE // 2, RESAMPLES, np.random.default_rng(9)).items():
        title = f"{name}: rejections at 0.05 over {RESAMPLES} clean resamples"
        rows += [result_table.row(title, share, 0.03), result_table.row(title, share, 0.07, at_most=True)]
    return rows


if __name__ == "__main__":
    main()
