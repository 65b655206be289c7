"""Any task of lm-eval, scored by this package's scorer: `--task lm_eval:NAME` (extra `lm-eval`).

lm-eval builds the requests and judges the answers; log-likelihoods come from the forest of tokens and greedy
answers from `generation.py`. Sampling, images and rolling perplexity are refused with a message.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rewarm.corpus.tables import task_scores
from rewarm.errors import RewarmError
from rewarm.evaluate.score import encoding, generation
from rewarm.evaluate.score.likelihood import likelihoods
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.score.task_scores import Scores
from rewarm.evaluate.tasks.prompt import Request

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

PREFIX = "lm_eval:"
# In the order in which a task's own measure of an item is looked for.
_METRICS = ("exact_match", "acc", "acc_norm", "exact_match,strict-match", "exact_match,flexible-extract")


class Scorer:
    """What lm-eval calls a model: it answers requests with a loaded model."""

    # lm-eval reads these.
    rank, world_size = 0, 1
    tokenizer_name, chat_template = "", None

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self.forwarded = self.cut = 0

    def loglikelihood(self, requests: "Sequence[Instance]") -> list[tuple[float, bool]]:
        """(log-likelihood, whether it is the greedy continuation) of each (context, continuation)."""
        asked = [Request(number, (), *request.args) for number, request in enumerate(requests)]
        encoded = encoding.encode(asked, self.model.tokenizer, encoding.longest_of(self.model.network))
        result = likelihoods(self.model.network, encoded, method=self.model.method)
        self.forwarded += result.forwarded
        self.cut += sum(one.cut > 0 for one in encoded)
        return [(-float(nats), bool(greedy)) for nats, greedy in zip(result.nats, result.greedy, strict=True)]

    def generate_until(self, requests: "Sequence[Instance]") -> list[str]:
        """Greedy answers. Raises RewarmError for a task that samples."""
        answers = []
        for request in requests:
            prompt, settings = request.args
            if settings.get("do_sample") and settings.get("temperature"):
                raise RewarmError(
                    f"{PREFIX}{request.task_name}: samples its answers; only greedy ones are made"
                )
            stops = settings.get("until") or []
            stops = [stops] if isinstance(stops, str) else list(stops)
            most = int(settings.get("max_gen_toks") or 256)
            answers += generation.generate(
                self.model.network, self.model.tokenizer, [prompt], most, stops=[one for one in stops if one]
            )
        return answers

    def loglikelihood_rolling(self, requests: "Sequence[Instance]") -> list[float]:
        """Refused: `--heldout` measures perplexity."""
        raise RewarmError(
            f"{PREFIX}{requests[0].task_name}: measures perplexity; use --heldout with its texts"
        )


def score(model: LoadedModel, name: str, folder: str, limit: int | None) -> Scores:
    """Score a task of lm-eval. Rows of `task_scores.SCHEMA`; correct is the task's own measure of an item.

    folder: with further task files, "" for lm-eval's own tasks.

    Raises RewarmError without lm-eval, for an unknown task, a group of tasks, and one without such a measure.
    """
    try:
        from lm_eval.evaluator import evaluate
        from lm_eval.tasks import TaskManager
    except ImportError as error:
        raise RewarmError(
            f"{PREFIX}{name}: lm-eval is not installed: pip install 'rewarm[lm-eval]'"
        ) from error
    try:
        tasks = TaskManager(include_path=folder or None).load([name])["tasks"]
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RewarmError(f"{PREFIX}{name}: lm-eval cannot load it: {reason}") from error
    if set(tasks) != {name}:
        raise RewarmError(f"{PREFIX}{name}: is a group; name one of {', '.join(sorted(tasks)[:12])}")
    scorer = Scorer(model)
    found = evaluate(lm=scorer, task_dict=tasks, log_samples=True, limit=limit, bootstrap_iters=0)
    return Scores(table(found["samples"][name], name), scorer.forwarded, model.method, scorer.cut)


def table(samples: list[dict[str, Any]], name: str) -> pa.Table:
    """Samples of lm-eval's log as rows. Raises RewarmError when none of the known measures is in them."""
    rows = []
    for sample in sorted(samples, key=lambda one: int(one["doc_id"])):
        metric = next((one for one in _METRICS if one in sample), None)
        if metric is None:
            raise RewarmError(f"{PREFIX}{name}: has no measure of an item ({', '.join(_METRICS)})")
        right = bool(sample[metric])
        answers = sample["resps"]
        choices = [one[0] for one in answers if isinstance(one[0], list | tuple)]
        target = sample.get("target")
        gold = target if isinstance(target, int) and 0 <= target < len(choices) else 0
        texts = [str(request[1]) for request in _arguments(sample)][: len(choices)]
        rows.append(
            {
                "id": str(sample["doc_id"]), "group": "", "labels": "{}",
                "kind": "choice" if len(choices) > 1 else "open",
                "candidates": [[number] for number in range(max(1, len(choices)))],
                "nats": [-float(one[0]) for one in choices] or [0.0],
                "tokens": [0] * max(1, len(choices)),
                "characters": [len(text) for text in texts] or [0],
                "bytes": [len(text.encode()) for text in texts] or [0],
                "gold": gold, "choice": -1, "correct": right,
                "answer": None if choices else str(answers[0][0]),
                "greedy": bool(choices[gold][1]) if choices else False,
                "chance": 1 / len(choices) if len(choices) > 1 else 0.0,
                **{f"correct_{one}": right for one in task_scores.NORMALISATIONS},
            }
        )  # fmt: skip
    return pa.Table.from_pylist(json.loads(json.dumps(rows)), schema=task_scores.SCHEMA)


def _arguments(sample: dict[str, Any]) -> list[Sequence[Any]]:
    found = sample.get("arguments") or []
    values = found.values() if isinstance(found, dict) else found
    return [tuple(one.values()) if isinstance(one, dict) else tuple(one) for one in values]
