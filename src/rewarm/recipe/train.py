"""Settings of the step `train`: the optimizer, the machine, the guards, the start."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe import webhook_url
from rewarm.recipe.part import Count, Effect, Part


class Parallel(Part):
    """Under torchrun weights are sharded over all processes (FSDP2). Changes speed and memory only."""

    replicas: Count = 1
    """Groups of processes that are copies of each other (HSDP): one per node saves traffic between nodes."""
    tensor: Count = 1
    """Neighbouring processes that share each layer's matrices (tensor parallelism) and read the same
    sequences: for layers that do not fit, or batches too small for more shares. At most the GPUs of a
    node."""
    gather_bf16: bool = False
    """Gather weights in bf16 and keep fp32 shards: half the traffic; norms then run in bf16 too."""
    defer_reduction: bool = False
    """With accumulation, reduce gradients once per update: less traffic, 4 more bytes per parameter."""


class Lora(Part):
    """Train low-rank matrices beside frozen layers (Hu et al. 2021, 2106.09685); needs rewarm[lora]."""

    rank: Count = 64
    """Continued pre-training needs high ranks: full training changes weights with 10–100 x the ranks usual
    for instruction tuning (Biderman et al. 2024, 2405.09673). Use 256 if memory allows."""
    alpha: float = Field(32, gt=0)
    """Adapters are scaled by alpha / rank; at 32 the best rate depends little on the rank (Schulman 2025)."""
    targets: list[str] | None = None
    """Globs over names of linear layers, as in `*.q_proj`. None: all; attention alone learns less."""
    rslora: bool = False
    """alpha / sqrt(rank) instead (2312.03732); lower the rate then, or alpha."""
    embeddings: bool = True
    """Also train embedding and head fully: new words and languages need them. 16 bytes per weight."""
    embeddings_rate: float = Field(0.1, gt=0, le=1)
    """Their share of the rate. Unsloth advises 2–10 x lower; a tenth is the rate of full training."""


class Notify(Part):
    """A destination of notifications: a command, or a webhook. It can neither stop nor delay training."""

    command: list[str] = []
    """Program and arguments, run without a shell. It gets the event as JSON on stdin, and as REWARM_EVENT,
    REWARM_LEVEL, REWARM_RUN, REWARM_UPDATE and REWARM_TEXT in its environment."""
    url: str | None = None
    """Webhook that gets the event as JSON by POST: https, or http on this machine. It is written into the
    run; give a URL that holds a secret by `url_env`."""
    url_env: str | None = Field(None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the URL. The URL is never printed or stored."""
    on: list[Literal["incident", "finding", "failure", "end"]] = ["incident", "finding", "failure", "end"]
    """Events to send. `incident`: of the spike guard and the forgetting guard; `finding`: a warning or error
    of `rewarm diagnose`, during training and at the end of the run; `failure`: training ended with an error;
    `end`: it finished, or was stopped with its state kept."""
    timeout: float = Field(10, gt=0, le=300)
    """Seconds for one delivery, and the longest that the end of training waits for the last one."""

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        given = [name for name in ("command", "url", "url_env") if getattr(self, name)]
        if len(given) != 1:
            named = " and ".join(given) or "nothing"
            raise ValueError(f"{named} is given; give exactly one of command, url and url_env")
        fault = webhook_url.fault_of(self.url) if self.url else ""
        if fault:
            raise ValueError(f"url {fault}")
        return self


class Train(Part):
    """Fields with an `Effect` are not part of the training's key: changing one never restarts it."""

    batch_tokens: Count | Literal["auto"] = "auto"
    """Tokens per update. `auto`: up to the 4 M of pre-training, with at least 500 updates in the budget."""
    micro_batch: Annotated[Count, Effect.ROUNDING] = 1
    """Sequences per forward pass: changes memory and speed only."""
    weight_decay: float = Field(0.1, ge=0)
    """On matrices, not on norms and biases (GPT-3 and after)."""
    betas: tuple[float, float] = (0.9, 0.95)
    """Second moment of 0.95: shorter memory survives spikes better (GPT-3, Llama)."""
    epsilon: float = Field(1e-8, gt=0)
    """Added to the denominator of an Adam step; the usual value."""
    clip: float = Field(1.0, gt=0)
    """Largest gradient norm; the norm is logged before clipping."""
    precision: Literal["bf16", "fp32"] = "bf16"
    """bf16 autocast over fp32 weights; twice the speed of fp32 on recent CPUs and GPUs. A CPU without bf16
    instructions computes in fp32, and training prints that. 8 bits of mantissa are more than rounding of
    the last bits, so a change counts as another training."""
    device: Annotated[Literal["auto", "cpu", "cuda"], Effect.ROUNDING] = "auto"
    """A run can move to another device and continue from its checkpoint."""
    attention: Annotated[
        Literal["auto", "flash", "varlen", "flex", "documents", "dense"], Effect.ROUNDING
    ] = "auto"
    """How packed documents are isolated; changes speed and memory only. `auto` takes the first path that the
    machine has and the model passes: flash-attn, PyTorch's variable-length kernel, FlexAttention (GPUs), each
    document separately, dense masks. Training prints its choice and the reason."""
    loss_chunk: Annotated[Count, Effect.ROUNDING] = 256
    """Tokens whose logits exist at one time."""
    loss_kernel: Literal["torch", "liger"] = "torch"
    """`liger` is a fused kernel for GPUs, needs rewarm[liger]; held-out losses always use `torch`.
    Another implementation, equal to 1e-5: a change counts as another training."""
    z_loss: float = Field(0.0, ge=0)
    """Coefficient of log^2 Z in the back-propagated loss, excluded from reported losses. PaLM trained with
    1e-4 (2204.02311, section 5); a base trained without it needs it only if logits drift."""
    checkpoint_updates: Annotated[Count, Effect.NONE] = 100
    """Updates between checkpoints. Ctrl-C saves one too."""
    keep_checkpoints: Annotated[Count, Effect.NONE] = 2
    """Newest checkpoints kept on disk during training: 12 bytes per parameter each. The newest good one is
    kept too."""
    keep_every: Annotated[int, Effect.NONE] = Field(0, ge=0)
    """Also keep checkpoints at multiples of this many updates; 0 keeps none."""
    keep_blocks: Annotated[bool, Effect.NONE] = False
    """Also keep the checkpoint at the end of every block, for `rewarm run --from-block` and a later run with
    `start.block`: 12 bytes per parameter each."""
    freeze: list[str] = []
    """Globs over parameter names that do not change, as in `*.layers.0.*` or `*embed_tokens*`."""
    keep_last: Annotated[bool, Effect.NONE] = False
    """After the end, keep the last checkpoint and those of `keep_every` for a later run with `start`: 12
    bytes per parameter each."""
    lora: Lora | None = None
    """`lora: {}` trains adapters with the defaults: a seventh of the memory; learns less, forgets less."""
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    """8-bit moments save 6 bytes per parameter and follow fp32 closely (2110.02861); rewarm[8bit]."""
    offload: Annotated[Literal["none", "optimizer", "parameters"], Effect.ROUNDING] = "none"
    """Moments, or also weights, in host memory: slower, saves 8 or nearly 16 bytes per parameter."""
    activation_checkpointing: Annotated[bool, Effect.ROUNDING] = False
    """Recompute layers in the backward pass: about a third more time for much less memory."""
    compile: Annotated[bool, Effect.ROUNDING] = False
    """torch.compile each layer: worth it on GPUs; on a CPU it gains nothing and starts slowly."""
    parallel: Annotated[Parallel, Effect.ROUNDING] = Parallel()
    trackers: Annotated[
        list[Literal["tensorboard", "wandb", "swanlab", "mlflow", "trackio"]], Effect.NONE
    ] = []
    """Also log training to these, with files in `trackers/` of the run directory; offline unless WANDB_MODE,
    SWANLAB_MODE, MLFLOW_TRACKING_URI, TRACKIO_SPACE_ID or TRACKIO_SERVER_URL is set. Each is an extra:
    rewarm[tensorboard] …"""
    track_every: Annotated[Count, Effect.NONE] = 1
    """Updates per point in the trackers; losses cover all of them. Use 10 or more for long runs: 64 leaves
    give some hundred values per point."""
    notify: Annotated[list[Notify], Effect.NONE] = []
    """Destinations of notifications on incidents, findings, failure and the end of training."""

    @model_validator(mode="after")
    def _one_way_to_save(self) -> Self:
        if self.optimizer == "adamw_8bit" and self.offload == "optimizer":
            raise ValueError(
                "optimizer adamw_8bit keeps its moments where the weights are; take it, or offload "
                "optimizer, or offload parameters with either"
            )
        return self


class Guard(Part):
    """Checks every update before it is applied. An alarm needs both: deviations and its own minimum
    change."""

    enabled: bool = True
    """If false, only updates that are not finite are refused."""
    window: int = Field(64, ge=8)
    """Accepted updates in the reference; four times as many parts of documents for each leaf."""
    warmup: int = Field(16, ge=4)
    """Updates of a stage before checks start: a new mix and a new rate change the loss."""
    deviations: float = Field(8, gt=0)
    """Robust standard deviations (of the median absolute deviation) beyond the trend."""
    loss_change: float = Field(0.25, gt=0)
    """And this share of the loss; twice as much for a leaf. Small batches differ by a tenth."""
    norm_factor: float = Field(64, gt=1)
    """And this many times the usual gradient norm, up or down. An unusual document in an update of two
    reaches 20 times, and clipping corrects that; a broken gradient exceeds thousands."""
    base_rise: float = Field(0.3, gt=0)
    """From the first update on: three updates in a row may not exceed the base's loss, or the best level
    reached since, by this share of the base's loss; one update by twice of it. A
    405M model continued on German ended with 7 % more loss on English with 25 % replay, and with 30 % more
    with 1 % replay (Ibrahim et al. 2024, 2403.08763)."""
    base_floor: float = Field(0.1, ge=0, lt=1)
    """An update with less than this share of the base's loss raises an alarm: repeated text, or labels that
    the model can see. 0 disables it, for example for a corpus to be memorised."""
    document_factor: float = Field(2, gt=1)
    """And this many times the loss of a document's leaf; downwards its cube, because lists have low
    losses."""
    document_byte_factor: float = Field(2.5, gt=1)
    """The same per byte, where a table among prose has twice the usual loss (measured: 2.1)."""
    words_change: float = Field(2.5, gt=0)
    """And nats per token under its leaf's unigrams. None of 4,000 real documents differed by 2.1; Chinese
    with an English label differs by 3 to 6."""
    document_tokens: Count = 64
    """Shorter parts of documents, and leaves with fewer tokens in an update, are not judged."""
    max_skips: int = Field(3, ge=0)
    """Consecutive updates skipped without a document as the cause before going back."""
    good_after: Count = 16
    """A checkpoint is good when the next this many updates raise no alarm."""
    max_rollbacks: int = Field(3, ge=0)
    """Then the run stops."""
    rate_cut: float = Field(0.5, gt=0, lt=1)
    """Factor on the rate when the state, not the data, caused the alarm."""

    @model_validator(mode="after")
    def _known_in_time(self) -> Self:
        if self.warmup > self.window:
            raise ValueError(
                f"warmup of {self.warmup} updates is longer than the window of {self.window}: nothing would "
                "ever be judged; make warmup at most window"
            )
        return self


class Forgetting(Part):
    """During training, compares held-out documents of retained sources with the base."""

    every: int = Field(500, ge=0)
    """Updates between two evaluations; 0 never evaluates."""
    documents: Count = 32
    """Documents of each source; an evaluation should cost less than a few updates."""
    tolerance: float = Field(0.02, ge=0)
    """Bits per byte that a source may lose. Forgetting becomes noticeable for users near this value."""
    on_breach: Literal["warn", "stop", "lower_rate", "raise_replay"] = "warn"
    """`raise_replay` increases the weight of retained tokens from the next update on."""
    rate_cut: float = Field(0.5, gt=0, lt=1)
    """Factor on the learning rate at each breach with `lower_rate`."""
    replay_factor: float = Field(1.5, gt=1)
    """Factor on the weight of retained tokens at each breach with `raise_replay`."""
    most_replay: float = Field(4, gt=1)
    """Largest weight."""


class Start(Part):
    """Continue from the training state of an earlier run: weights, optimizer moments, documents used."""

    run: Path
    """Directory of that run, relative to the recipe; it needs train.keep_last or train.keep_every."""
    update: int | None = Field(None, ge=0)
    """Finished updates. None: the last. An anneal can branch off from any stable checkpoint."""
    block: int | None = Field(None, ge=1)
    """The state at the end of this block of that run, instead of `update`; it needs train.keep_blocks.
    `rewarm blocks RUN` lists blocks and the states that are kept."""
    rewarm: bool = False
    """Warm up the first stage again. Not needed after a constant rate, whose optimizer is warm."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.update is not None and self.block is not None:
            raise ValueError(f"update {self.update} and block {self.block} name two states; remove one")
        return self
