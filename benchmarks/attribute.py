"""Which of nine sources raised a held-out loss? Planted causes, checked by training without them.

A small Llama learns a channel and text of several corpora. A case continues its training on clean text of the
channel, on clean text of seven other corpora and on one planted source that contradicts the channel. The loss
of held-out documents of the channel rises. `rewarm attribute` then ranks the sources by their text (BM25: the
lift), by gradients (harm), and by both (harm x (1 + lift), the order of the command). The sets of cases:

facts    ten; lists of facts about countries. The planted source gives wrong values
         (`attributing/bad_values.py`).
prose    ten; medicine, and Chinese statutes, in turn. The planted source holds passages of the channel,
         spoilt (`attributing/bad_prose.py`). Other seeds and, but for one, other clean sources than facts.
crossed  six; as prose and with its base, but other pairs of kind and channel, seeds and clean sources.

An earlier order, harm x evidence, was chosen on facts; the order of today on facts and prose. Only crossed
is a test of it.

Every case is trained again without the planted source, five of facts and of prose also without two others in
turn. The held-out loss of these trainings says which source did the harm.

    python benchmarks/attribute.py              # about half an hour a set on a busy core
    python benchmarks/attribute.py --set prose
    python benchmarks/attribute.py --cases 2    # the first two cases of each set
    python benchmarks/attribute.py --every      # trained without each source in every case
    python benchmarks/attribute.py --bergson    # also bergson's gradients, in this environment

What is done is kept in --work; a stopped benchmark resumes.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from attributing import bergson_side, fact_cases, prose_cases, world
from attributing.case_set import PLANTED, Case, CaseSet
from retaining import trainings
from support import result_table
from support.smoke import SMOKE, work_folder

from rewarm.diagnose.attribution import attribute, queries
from rewarm.diagnose.attribution.attribute import Attribution
from rewarm.diagnose.attribution.gradient import Settings
from rewarm.runs.run import Run

SETS = {one.name: one for one in (fact_cases.SET, prose_cases.PROSE, prose_cases.CROSSED)}
PROJECT = Path(__file__).parent.parent
# Least share of the cases of a set in which the planted source has to be first.
BAR = 0.9
CANDIDATES = 60 if SMOKE else 270


@dataclass(frozen=True)
class Found:
    """ranks: of the planted source by method, from 1; rise: of the held-out loss in bits per byte; gains: by
    how much less it rises without a source."""

    case: Case
    ranks: dict[str, int]
    rise: float
    gains: dict[str, float]

    @property
    def confirmed(self) -> bool:
        """Whether training without the planted source helps, and more than without any other tried."""
        best = max(self.gains, key=lambda name: self.gains[name])
        return best == PLANTED and self.gains[PLANTED] > 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--set", choices=SETS, action="append", help="repeatable; all by default")
    parser.add_argument("--cases", type=int, default=1 if SMOKE else 10, help="of each set, the first")
    parser.add_argument("--every", action="store_true", help="train without each source in every case")
    parser.add_argument("--bergson", action="store_true", help="also rank by bergson's gradients")
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/attribute-bench", help="kept; resumes")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    work = work_folder(arguments.work)
    table: list[result_table.Row] = []
    for name in arguments.set or SETS:
        world.write_texts(work / SETS[name].base.name / "texts", SETS[name])
        if SMOKE and table:  # of the other sets only the texts: a training each is enough
            continue
        found = one_set(work / SETS[name].base.name, SETS[name], arguments)
        table += rows(name, found, whole=len(found) == len(SETS[name].cases))
    result_table.table("attribute", table)


def one_set(work: Path, cases: CaseSet, arguments: argparse.Namespace) -> list[Found]:
    """Train the base and the first cases of a set, and attribute each."""
    texts = work / "texts"
    world.write_untrained(work / "untrained", texts, cases.base)
    base = trainings.train(work, world.base_recipe(texts, work / "untrained", cases.base))
    model = str(base.file("export", "model"))
    found = []
    for case in cases.cases[: arguments.cases]:
        tried = world.left_out(cases, case, arguments.every)
        run = trainings.train(work, world.case_recipe(texts, model, cases, case, tried))
        found.append(one_case(case, run, tried, texts, arguments.bergson))
    return found


def one_case(case: Case, run: Run, tried: list[str], texts: Path, bergson: bool) -> Found:
    """Attribute one case, and read what the trainings without single sources say."""
    if SMOKE:  # a model of that size has learnt nothing that it could lose
        drawn = world.read(texts / f"{case.channel}.jsonl")[:4]
        asked = [queries.Query(text[:20], "text", text) for text in drawn]
    else:
        asked = queries.of_run(run, channel=f"source={case.channel}")
    attributed = attribute.attribute(run, asked, 5, Settings(candidates=CANDIDATES))
    scores = scores_of(attributed)
    if bergson:
        scores["bergson"] = bergson_side.harm(run, asked, CANDIDATES)
    ranks = {method: rank(own) for method, own in scores.items()}
    rise = rise_of(run, case.channel)
    gains = {name: rise - rise_of(Run(run.path.with_name(f"without-{name}")), case.channel) for name in tried}
    found = Found(case, ranks, rise, gains)
    shown = "   ".join(f"{name} {gain:+.4f}" for name, gain in gains.items())
    said = f"{case.name}: rank of the planted source {ranks}; held-out loss {rise:+.4f} bits per byte"
    print(f"{said}; without a source it falls by   {shown}", flush=True)
    return found


def scores_of(attributed: Attribution) -> dict[str, dict[str, float]]:
    """Method → source → score, highest for the source to blame."""
    found = attributed.sources
    return {
        "lexical": {one.source: one.lift for one in found},
        "gradient": {one.source: one.harm or 0.0 for one in found},
        # The order of the command itself.
        "combined": {one.source: float(-at) for at, one in enumerate(found)},
    }


def rank(scores: dict[str, float]) -> int:
    """The rank of the planted source, behind all with the same score."""
    return 1 + sum(score >= scores[PLANTED] for name, score in scores.items() if name != PLANTED)


def rise_of(run: Run, channel: str) -> float:
    """Change of the channel's held-out loss from base to result, in bits per byte."""
    changes = [row.change_bits for row in run.evaluation[0] if (row.axis, row.value) == ("source", channel)]
    return float(changes[0])


def rows(name: str, found: list[Found], whole: bool) -> list[result_table.Row]:
    """The bar is on the order of `rewarm attribute --gradient`, harm x (1 + lift), of a whole set; the others
    are reported."""
    many = len(found)
    table = [
        result_table.row(
            f"{name}: cases in which the held-out loss rises", sum(one.rise > 0 for one in found) / many
        ),
        result_table.row(
            f"{name}: leaving out the planted source helps most", sum(one.confirmed for one in found) / many
        ),
    ]
    for method in found[0].ranks:
        share = sum(one.ranks[method] == 1 for one in found) / many
        bar = BAR if method == "combined" and whole else None
        peer = "bergson" if method == "bergson" else ""
        table.append(result_table.row(f"{name}: planted source first, {method}", share, bar, peer=peer))
    return table


if __name__ == "__main__":
    main()
