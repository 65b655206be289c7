"""Leak detection for one task: provenance, losses of both models, supporting statistics."""

from collections.abc import Callable, Sequence

from rewarm.evaluate.leaks import losses, supporting
from rewarm.evaluate.leaks.judgement import judge
from rewarm.evaluate.leaks.plan import plan
from rewarm.evaluate.leaks.provenance import Provenance
from rewarm.evaluate.leaks.report import LeakReport
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import Prompt

Load = Callable[[], LoadedModel]


def detect(
    base: Load,
    result: Load,
    items: Sequence[Item],
    prompt: Prompt,
    task: str,
    *,
    twins: Sequence[Item] = (),
    provenance: Provenance | None = None,
    statistics: bool = True,
    seed: int = 0,
) -> LeakReport:
    """Compare base and result on the items of a task.

    base, result: load a model; they are called one after the other, so that only one is in memory. twins:
    fresh items of the same kind. provenance: of the items in a run (`provenance.provenance`). statistics:
    whether to compute the supporting ones, which need twins and cost more than the tests that decide.
    """
    texts = plan(items, prompt, twins, seed=seed)
    found, extra = [], []
    for load in (base, result):
        model = load()
        found.append(losses.measure(model.network, model.tokenizer, texts, method=model.method))
        if twins and statistics:
            extra.append(supporting.measure(model.network, model.tokenizer, texts, seed))
        del model
    judgement = judge(texts, found[0], found[1], seed)
    level = judgement.evidence[0].level
    reason = next(row.reason for row in judgement.evidence if row.name == "twins")
    rows = supporting.compare(extra[0], extra[1], reason, level, seed) if extra else ()
    return LeakReport(task, judgement, rows, provenance)
