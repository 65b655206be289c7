"""What a recipe makes each step do: its inputs, its part of the configuration, its code.

Only what can change a step's output is in its `config`; licences, the number of kept checkpoints
and the like go along as `aside`, so that changing them runs nothing again.
"""

from dataclasses import dataclass, field
from typing import Any

from rewarm.pipeline import benchmark_files, earlier_corpus
from rewarm.pipeline.start import State
from rewarm.recipe import Recipe, Train, without_effect

_SHARED = (
    "corpus/tables/documents.py",
    "corpus/tables/masks.py",
    "corpus/tables/ledger.py",
    "text/text_keys.py",
    "corpus/tables/token_table.py",
    "corpus/tables/heldout.py",
)
_CHARACTERS = ("text/kernel.py", "text/characters.py")
_ARRAYS = ("corpus/arrays.py",)
_GRAMS = ("text/kernel.py", *_ARRAYS, "text/grams")
_PERSONAL = ("pii",)
_READING = ("corpus/io/streams.py", "corpus/io/globs.py", "corpus/io/wheel.py")
_EARLIER = ("corpus/earlier.py", "corpus/tables/blocks.py", *_ARRAYS)
_MODEL = (
    "model/causal_lm.py",
    "model/pretrained.py",
    "model/base_files.py",
    "model/safetensors_header.py",
    "model/linear_cross_entropy.py",
    "model/fused_cross_entropy.py",
    "model/packed_lm.py",
    "model/scoring.py",
    "model/rope.py",
    "model/attention",
)


# Inside a step's code, but unable to change a byte of its output: what is shown while it runs, how its
# processes find each other, how old checkpoints are removed, what is noted beside the result.
_NO_BYTES = ("trackers", "train/guard/words.py", "train/distributed/rendezvous.py", "train/removal.py",
             "train/sessions.py")  # fmt: skip


@dataclass(frozen=True)
class Step:
    """call: `module:function` of a `Work`; inputs: steps, or `model`; code: files and folders of rewarm,
    except those in `not_code`; keeps_state: its state is worth days, so it is never begun anew without
    being asked for (`pipeline/earlier_training.py`)."""

    name: str
    call: str
    inputs: tuple[str, ...]
    config: dict[str, Any]
    code: tuple[str, ...]
    aside: dict[str, Any] = field(default_factory=dict)
    not_code: tuple[str, ...] = ()
    keeps_state: bool = False


def steps(recipe: Recipe, files: list[Any], state: State | None = None) -> list[Step]:
    """The steps of a run, in order.

    files: fingerprints of the sources' files, part of what `collect` depends on;
    state: what an earlier run left, when the recipe goes on from one.
    """
    begun = {"start": state.identity if state else None}
    earlier = {"earlier": state.earlier if state else None}
    plain = recipe.model_dump(mode="json")
    stages = [stage.name for stage in recipe.stages]
    leaves = [{"source": source.name, "labels": source.labels} for source in recipe.sources]
    read = ("name", "format", "text", "mask", "records", "query", "markup", "labels", "limit", "files",
            "conversations", "follow_symlinks")  # fmt: skip
    sources = [{key: source[key] for key in read} for source in plain["sources"]]
    scoring = {
        "seq_len": recipe.evaluate.seq_len or recipe.pack.seq_len,
        "bootstrap": recipe.evaluate.bootstrap,
        "seed": recipe.seed,
        "precision": recipe.train.precision,
    }
    # Rounding only: a smaller chunk against out-of-memory must not change what training starts from.
    scoring_aside = {key: plain["train"][key] for key in ("device", "loss_chunk", "attention")}
    drawn = ("name", "tokens", "mix", "max_epochs", "best")
    # Where an earlier corpus lies does not matter, what is in it does.
    base = earlier_corpus.find(recipe.dedupe.base, recipe.dedupe.near)
    del plain["dedupe"]["base"]
    benchmarks = benchmark_files.find(plain["decontaminate"]["benchmarks"])
    # What the result does not hang on, beyond the last bits.
    free = {key: plain["train"].pop(key) for key in without_effect(Train)}
    return [
        Step(
            "collect",
            "rewarm.data.collect.step:run",
            (),
            {"files": files, "sources": sources, "collect": plain["collect"]},
            (*_SHARED, *_PERSONAL, *_READING, "data/collect"),
            {"sources": plain["sources"]},
        ),
        Step(
            "holdout",
            "rewarm.data.holdout.step:run",
            ("collect",),
            {"holdout": plain["holdout"], "seed": recipe.seed, **begun},
            (*_SHARED, *_EARLIER, "data/holdout"),
            earlier,
        ),
        Step(
            "redact",
            "rewarm.data.redact.step:run",
            ("collect",),
            {
                "redact": plain["redact"],
                "sources": {source.name: source.redact for source in recipe.sources},
                "seed": recipe.seed,
            },
            (*_SHARED, *_PERSONAL, "data/redact"),
        ),
        Step(
            "clean",
            "rewarm.data.clean.step:run",
            ("redact",),
            {"clean": plain["clean"]},
            (*_SHARED, *_CHARACTERS, "data/clean"),
        ),
        Step(
            "select",
            "rewarm.data.select.step:run",
            ("clean",),
            {
                "select": plain["select"],
                "sources": {
                    source.name: {"rules": source.rules, "language": source.labels.get("language")}
                    for source in recipe.sources
                },
            },
            (*_SHARED, "data/select"),
        ),
        Step(
            "phrases",
            "rewarm.data.phrases.step:run",
            ("select",),
            {"phrases": plain["phrases"], "sources": {x.name: x.labels for x in recipe.sources}},
            (*_SHARED, *_CHARACTERS, *_GRAMS, "data/phrases"),
        ),
        Step(
            "dedupe",
            "rewarm.data.dedupe.step:run",
            ("phrases", "holdout"),
            {"dedupe": plain["dedupe"], "base": [run["key"] for run in base]},
            (*_SHARED, *_GRAMS, "data/dedupe"),
            {"dedupe.base": base},
        ),
        Step(
            "trim",
            "rewarm.data.trim.step:run",
            ("phrases", "dedupe"),
            {"trim": plain["trim"], "sources": [source.name for source in recipe.sources]},
            (*_SHARED, *_GRAMS, "data/trim"),
        ),
        Step(
            "decontaminate",
            "rewarm.data.decontaminate.step:run",
            ("trim",),
            {"decontaminate": {**plain["decontaminate"], "benchmarks": [one.identity for one in benchmarks]}},
            (*_SHARED, *_CHARACTERS, *_GRAMS, "corpus/io/streams.py", "data/decontaminate"),
            {"files": [one.files for one in benchmarks]},
        ),
        Step(
            "tokenize",
            "rewarm.data.tokenize.step:run",
            ("phrases", "trim", "decontaminate", "model"),
            {"tokenize": plain["tokenize"], "leaves": leaves},
            (*_SHARED, *_ARRAYS, "data/tokenize"),
        ),
        Step(
            "mix",
            "rewarm.data.mix.step:run",
            ("tokenize",),
            {
                "stages": [{key: stage[key] for key in drawn} for stage in plain["stages"]],
                # Keys of configurations know stages by name.
                "order": stages,
                "shortfall": recipe.mix.shortfall,
                "seed": recipe.seed,
                **begun,
            },
            (*_SHARED, *_EARLIER, "data/mix"),
            earlier,
        ),
        Step(
            "order",
            "rewarm.data.order.step:run",
            ("mix",),
            {"stages": stages, "seed": recipe.seed},
            ("data/order",),
        ),
        Step(
            "pack",
            "rewarm.data.pack.step:run",
            ("order", "tokenize"),
            {
                "stages": [
                    {"name": stage.name, "seq_len": stage.seq_len or recipe.pack.seq_len}
                    for stage in recipe.stages
                ],
                "order": stages,
                "seed": recipe.seed,
                "pack": {key: plain["pack"][key] for key in ("window", "block_tokens")},
            },
            (*_SHARED, "data/pack"),
        ),
        Step(
            "baseline",
            "rewarm.evaluate.heldout_loss:run",
            ("tokenize", "model"),
            scoring,
            (*_SHARED, *_MODEL, "evaluate/heldout_loss.py"),
            scoring_aside,
        ),
        Step(
            "train",
            "rewarm.train.step:run",
            ("pack", "tokenize", "baseline", "model"),
            {
                "train": plain["train"],
                "guard": plain["guard"],
                "forgetting": {**plain["forgetting"], "seq_len": scoring["seq_len"]},
                "stages": [
                    {key: stage[key] for key in ("name", "schedule", "rope")} for stage in plain["stages"]
                ],
                "order": stages,
                "export": {"dtype": plain["export"]["dtype"]},
                "seed": recipe.seed,
                **begun,
                "rewarm": recipe.start.rewarm if recipe.start else True,
            },
            (*_MODEL, "corpus/tables/blocks.py", "train"),
            {
                "free": free,
                "name": recipe.name,
                "state": str(state.folder) if state else None,
                "state_rate": state.rate if state else 0.0,
            },
            not_code=_NO_BYTES,
            keeps_state=True,
        ),
        Step(
            "evaluate",
            "rewarm.evaluate.channels:run",
            ("tokenize", "train", "baseline"),
            scoring,
            (*_SHARED, *_MODEL, "evaluate"),
            scoring_aside,
        ),
        Step(
            "export",
            "rewarm.export.step:run",
            ("train", "evaluate", "mix"),
            {
                "name": recipe.name,
                "model": recipe.model,
                "model_licence": recipe.model_licence,
                "base_model": recipe.export.base_model,
                "most_forgetting": recipe.evaluate.most_forgetting,
                "sources": [
                    {key: source[key] for key in ("name", "labels", "licence")} for source in plain["sources"]
                ],
            },
            ("export", "evaluate/outcome.py"),
        ),
    ]
