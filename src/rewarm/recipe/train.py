"""Settings of the step `train`: the optimizer, the machine, the guards, the start."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Count, Effect, Part


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
    """Fields marked with an `Effect` stay out of the training's key: changing one never restarts it."""

    batch_tokens: Count | Literal["auto"] = "auto"
    """Tokens per update. `auto` goes towards the 4 M of pre-training, by the budget: at least 500 updates."""
    micro_batch: Annotated[Count, Effect.ROUNDING] = 1
    """Sequences per forward pass: memory and speed only, the result is the same."""
    weight_decay: float = Field(0.1, ge=0)
    """On matrices, not on norms and biases (GPT-3 and after)."""
    betas: tuple[float, float] = (0.9, 0.95)
    """Second moment of 0.95: shorter memory survives spikes better (GPT-3, Llama)."""
    epsilon: float = Field(1e-8, gt=0)
    clip: float = Field(1.0, gt=0)
    """Largest gradient norm; the norm is logged before clipping."""
    precision: Literal["bf16", "fp32"] = "bf16"
    """bf16 autocast over fp32 weights; twice the speed of fp32 on recent CPUs and GPUs. A CPU without bf16
    instructions computes in fp32, and training says so. 8 bits of mantissa
    are more than rounding of the last bits, so a change counts as another training."""
    device: Annotated[Literal["auto", "cpu", "cuda"], Effect.ROUNDING] = "auto"
    """A run moves to another device and goes on from its checkpoint."""
    attention: Annotated[
        Literal["auto", "flash", "varlen", "flex", "documents", "dense"], Effect.ROUNDING
    ] = "auto"
    """How packed documents are kept apart; changes speed and memory only. `auto` takes the first that the
    machine has and the model passes: flash-attn, PyTorch's variable-length kernel, FlexAttention (GPUs), each
    document by itself, dense masks. Training prints its choice and why."""
    loss_chunk: Annotated[Count, Effect.ROUNDING] = 256
    """Tokens whose logits exist at one time."""
    loss_kernel: Literal["torch", "liger"] = "torch"
    """`liger` is a fused kernel for GPUs, needs rewarm[liger]; held-out losses use `torch` in any case.
    Another implementation, equal to 1e-5: a change counts as another training."""
    z_loss: float = Field(0.0, ge=0)
    """Coefficient of log^2 Z in what is back-propagated, kept out of reported losses. PaLM trained with 1e-4
    (2204.02311, section 5); a base that was trained without needs it only where logits drift."""
    checkpoint_updates: Annotated[Count, Effect.NONE] = 100
    """Updates between checkpoints. Ctrl-C saves one too."""
    keep_checkpoints: Annotated[Count, Effect.NONE] = 2
    """The newest, kept on disk while training: 12 bytes a parameter each. The newest that is known to be
    good stays besides."""
    keep_every: Annotated[int, Effect.NONE] = Field(0, ge=0)
    """Besides, checkpoints at multiples of this many updates; 0 keeps none."""
    freeze: list[str] = []
    """Globs over parameter names that do not change, as in `*.layers.0.*` or `*embed_tokens*`."""
    keep_last: Annotated[bool, Effect.NONE] = False
    """After the end, keep the last checkpoint and those of `keep_every`, for a run that goes on from there
    (`start`): 12 bytes a parameter each."""
    lora: Lora | None = None
    """`lora: {}` trains adapters with the defaults: a seventh of the memory; learns less, forgets less."""
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    """8 bits a moment save 6 bytes a parameter, and follow fp32 closely (2110.02861); rewarm[8bit]."""
    offload: Annotated[Literal["none", "optimizer", "parameters"], Effect.ROUNDING] = "none"
    """Moments, or weights as well, in host memory: slower, and 8 or nearly 16 bytes a parameter less."""
    activation_checkpointing: Annotated[bool, Effect.ROUNDING] = False
    """Recompute layers in the backward pass: about a third more time for much less memory."""
    compile: Annotated[bool, Effect.ROUNDING] = False
    """torch.compile each layer: worth it on GPUs; on a CPU it gains nothing and starts slowly."""
    parallel: Annotated[Parallel, Effect.ROUNDING] = Parallel()
    trackers: Annotated[list[Literal["tensorboard", "wandb", "swanlab", "mlflow"]], Effect.NONE] = []
    """Show training there too, from `trackers/` in the run directory; offline unless WANDB_MODE,
    SWANLAB_MODE or MLFLOW_TRACKING_URI say otherwise. Each is an extra: rewarm[tensorboard] …"""
    track_every: Annotated[Count, Effect.NONE] = 1
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
    base_rise: float = Field(0.3, gt=0)
    """From the first update on: three updates in a row may not exceed the base's loss, or the best level
    reached since, by this share of the base's loss; one update by twice of it. A
    405M model continued on German ended with 7 % more loss on English with 25 % replay, and with 30 % more
    with 1 % replay (Ibrahim et al. 2024, 2403.08763)."""
    base_floor: float = Field(0.1, ge=0, lt=1)
    """And an update may not cost less than this share of the base's loss: text that repeats itself, or
    labels that the model can see. 0 allows it, as for a corpus that is to be learnt by heart."""
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

    @model_validator(mode="after")
    def _known_in_time(self) -> Self:
        if self.warmup > self.window:
            raise ValueError(
                f"warmup of {self.warmup} updates is longer than the window of {self.window}: nothing would "
                "ever be judged; make warmup at most window"
            )
        return self


class Forgetting(Part):
    """While training, measures held-out documents of what is to be kept against the base."""

    every: int = Field(500, ge=0)
    """Updates between two evaluations; 0 never evaluates."""
    documents: Count = 32
    """Of each source; an evaluation should cost less than a few updates."""
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
    update: int | None = Field(None, ge=0)
    """Finished updates; None takes the last. An anneal can branch off from any stable checkpoint."""
    rewarm: bool = False
    """Warm the first stage up again. Not where a constant rate goes on: its optimiser is warm."""
