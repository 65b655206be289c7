"""Benchmark reform for one task: both models answer the original and the reformed items."""

from collections.abc import Callable, Sequence

from rewarm.evaluate.reform.answers import answer
from rewarm.evaluate.reform.plan import DEFAULT, plan
from rewarm.evaluate.reform.report import ReformReport, report
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.score.task_scores import Asked
from rewarm.llm.client import Client

Load = Callable[[], LoadedModel]


def reform(
    base: Load,
    result: Load,
    asked: Asked,
    task: str,
    *,
    names: Sequence[str] = DEFAULT,
    seed: int = 0,
    client: Client | None = None,
) -> ReformReport:
    """Compare base and result on a task and its reforms.

    base, result: load a model; they are called one after the other, so that only one is in memory. asked:
    items, prompt and form of the task. names: of `plan.NAMES`. client: for `paraphrase`. Raises RewarmError
    as `plan.plan` does.
    """
    questions = plan(asked, names, seed=seed, client=client)
    found = []
    for load in (base, result):
        model = load()
        found.append(answer(model.network, model.tokenizer, questions, method=model.method))
        del model
    return report(questions, found[0], found[1], task, seed)
