"""What the step would do, before much is spent: numbers of requests and tokens, a probe of the teacher,
samples.

Counting costs nothing. The probe asks 30 short questions, the samples everything about two documents; both
count in the budget, and the cache keeps their answers for the run.
"""

import re
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from rewarm.corpus.tables import documents
from rewarm.data.synthesize.asking import ask, first_tasks
from rewarm.data.synthesize.passages import Origin, drawn
from rewarm.data.synthesize.probe import CHANCE, Probe, items, probe
from rewarm.data.synthesize.selection import heldout_of, origins, prepare, terms_of
from rewarm.data.synthesize.step import journal
from rewarm.engine.work import Work
from rewarm.llm.client import Client
from rewarm.llm.request import body, most_input_tokens
from rewarm.recipe.llm import Llm

# Characters of a token, for an estimate: about 4 in English, 1.5 in Chinese.
_BYTES_PER_TOKEN = 4
_SAMPLES = 2
_EXCERPT = 400
_SIZE = re.compile(r"(?<![\w.])(?:\d+x)?(\d+(?:\.\d+)?)\s?([bm])(?![a-z0-9])", re.IGNORECASE)


@dataclass
class Preview:
    """requests, input_tokens, output_tokens: estimates for all documents, output at half of what an answer
    may have; cost: of them; most_cost: if every answer had `max_tokens`; samples: {mode, prompt, text} or
    {…, reason}; warnings: in words."""

    documents: int
    passages: int
    held_out: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float
    most_cost: float
    terms: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    probe: Probe | None = None
    samples: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def preview(work: Work, base: str, base_parameters: int | None) -> Preview:
    """Of the step as `work` has it; work.folder: a scratch folder, `steps/…` of the run.

    base, base_parameters: the model that is trained, by name and size.
    """
    config, seed = work.config["synthesize"], work.config["seed"]
    llm = Llm(**work.config["teacher"], **config["teacher"])
    texts, splits = work.table("documents"), work.table("split")
    names = [shard.name for shard in documents.shards(texts)]
    prepare(work, texts, splits, names)
    terms, held = terms_of(work), heldout_of(work)
    counts: Counter[str] = Counter()
    few: list[tuple[int, Origin]] = []
    requests = inputs = 0
    routed = [
        (folder, shard.name) for folder in work.tables.get("routed", []) for shard in documents.shards(folder)
    ]
    for folder, name in [*((None, name) for name in names), *routed]:
        for origin in origins(
            folder or texts, splits, name, work, held, counts, rewritten=folder is not None
        ):
            for task in first_tasks(origin, terms, config):
                requests += 1
                inputs += most_input_tokens(body(task.request, llm)) // _BYTES_PER_TOKEN
            # Relations of entities are known only after their lists.
            if "entities" in config["modes"] and not origin.rewritten:
                requests += config["entities"]["pairs"] * len(origin.passages)
            few.append((drawn(origin.row["id"], seed), origin))
            few = sorted(few, key=lambda item: item[0])[: 4 * 30]
    outputs = requests * llm.max_tokens
    prices = llm.prices
    found = Preview(
        documents=counts["asked_about"], passages=counts["passages"], held_out=counts["passages_held_out"],
        requests=requests, input_tokens=inputs, output_tokens=outputs // 2,
        cost=(inputs * prices.input + outputs / 2 * prices.output) / 1e6,
        most_cost=(inputs * _BYTES_PER_TOKEN * prices.input + outputs * prices.output) / 1e6,
        terms=list(terms.terms)[:20], roles=list(terms.roles)[:10],
    )  # fmt: skip
    found.warnings += size_warnings(llm, base, base_parameters)
    asked = items([origin.passages[0].text for _, origin in few], terms, seed)
    sampled = [origin for _, origin in few[:_SAMPLES]]
    with closing(Client(llm, journal(work))) as client:
        found.probe = probe(asked, client)
        candidates, rejected = ask(sampled, terms, config, seed, client)
    if found.probe.weak and found.probe.asked:
        share = found.probe.right / found.probe.asked
        found.warnings.append(
            f"the teacher filled {found.probe.right} of {found.probe.asked} gaps of the domain "
            f"({share:.0%}; guessing "
            f"gives {CHANCE:.0%}): it knows little of the domain, so explanations and cases will stay on "
            f"the surface"
        )
    elif not found.probe.asked:
        found.warnings.append("the probe found no sentence with a term of the domain, or no readable answer")
    found.samples = [
        {
            "mode": one.asked.mode,
            "prompt": one.asked.prompt,
            "text": (one.text or "\n".join(f"{pair['question']}\n{pair['answer']}" for pair in one.pairs))[
                :_EXCERPT
            ],
        }
        for one in candidates
    ]
    found.samples += [
        {
            "mode": one.asked.mode,
            "prompt": one.asked.prompt,
            "reason": one.reason,
            "text": one.text[:_EXCERPT],
        }
        for one in rejected
    ]
    return found


def size_warnings(llm: Llm, base: str, base_parameters: int | None) -> list[str]:
    """A teacher that is the base, no larger than it, or of unknown size."""
    own, trained = llm.parameters or size_of(llm.model), base_parameters or size_of(base)
    name = llm.model.rpartition("/")[2].lower()
    if name and name == base.rpartition("/")[2].lower():
        return ["the teacher is the base itself: a model gains nothing from its own output"]
    if own is None or trained is None:
        what = "teacher" if own is None else "base"
        return [f"the size of the {what} is not known; set synthesize.teacher.parameters, as in 72B"]
    if own <= trained:
        return [
            f"the teacher has {own / 1e9:g}B parameters and the base {trained / 1e9:g}B: one no larger "
            f"than the base "
            "teaches it little; a larger sibling of the base is best"
        ]
    return []


def size_of(name: str) -> int | None:
    """Parameters that a model's name states: the largest, since names also state active ones (30B-A3B)."""
    found = [
        float(number) * (1e9 if unit in "bB" else 1e6)
        for number, unit in _SIZE.findall(name.replace("_", "-"))
    ]
    return int(max(found)) if found else None


def lines(found: Preview) -> list[str]:
    """For a terminal."""
    told = [
        f"documents {found.documents:,}, {found.passages:,} passages; {found.held_out:,} more are too "
        f"close to "
        "held-out documents",
        f"requests  about {found.requests:,}: {found.input_tokens:,} tokens in, {found.output_tokens:,} "
        f"out; cost about "
        f"{found.cost:.2f}, at most {found.most_cost:.2f}",
        f"terms     {', '.join(found.terms)}",
        f"roles     {', '.join(found.roles)}",
    ]
    if found.probe is not None:
        told.append(
            f"probe     {found.probe.right} of {found.probe.asked} gaps filled rightly without the text "
            f"({found.probe.low:.0%} to {found.probe.high:.0%}; chance {CHANCE:.0%})"
        )
    told += [f"warning   {warning}" for warning in found.warnings]
    for sample in found.samples:
        why = f"   rejected: {sample['reason']}" if "reason" in sample else ""
        told += ["", f"{sample['mode']}/{sample['prompt']}{why}", sample["text"]]
    return told
