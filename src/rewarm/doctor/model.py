"""Whether a base model trains as this package trains: four small measurements in fp32.

Packing relies on restarted positions to keep documents apart, the loss on a head that is one
matrix, and accumulation on token weights. Models that soft-cap logits, carry state along the
sequence or ignore positions break one of these silently: the loss falls all the same.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from math import isfinite, log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewarm.doctor.check import CheckFailed, gigabytes
from rewarm.doctor.machine import available_memory, parameters, training_device
from rewarm.errors import RewarmError
from rewarm.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ENGLISH = (
    "Water boils at a lower temperature on a high mountain, because the air presses less on its "
    "surface. That is why an egg takes longer to cook there than it does at the sea."
)
CHINESE = "高山上的气压较低，水在不到一百摄氏度时就会沸腾，所以煮熟一个鸡蛋需要更长的时间。"
UNCHECKED = "Fix the check `model` first."
LEAK = 1e-3
GRADIENT = 1e-5
LOSS = 1e-3


class ModelUnderTest:
    """The base model, loaded once, when the first check needs it."""

    def __init__(self, folder: Path, recipe: Recipe | None) -> None:
        self.folder, self.recipe = folder, recipe
        self._loading = recipe
        if recipe and (recipe.train.lora or recipe.train.offload == "parameters"):
            # The GPU need not hold the base in fp32: training too loads it into host memory.
            train = recipe.train.model_copy(update={"device": "cpu"})
            self._loading = recipe.model_copy(update={"train": train})
        self._failure = False

    def reads(self) -> str:
        """The model loads, and its loss on a plain sentence, in nats a token, is below a uniform guess's.

        Raises CheckFailed when it is not, or when `pack.seq_len` exceeds the model's positions.
        """
        import torch

        ids = self._ids(ENGLISH)
        config = self._model.config.get_text_config()
        with torch.no_grad():
            loss = self._model(ids, labels=ids, use_cache=False).loss.item()
        chance = log(config.vocab_size)
        name = type(self._model).__name__
        seen = f"{name} loads; loss {loss:.2f} nats on a plain sentence, chance {chance:.2f}"
        if not isfinite(loss) or loss >= chance:
            remedy = "The weights or the tokenizer are not this model's: fetch both again from one place."
            raise CheckFailed(seen, remedy)
        longest = getattr(config, "max_position_embeddings", None)
        if self.recipe and longest and self.recipe.pack.seq_len > longest:
            seen += f"; pack.seq_len {self.recipe.pack.seq_len:,} exceeds its {longest:,} positions"
            raise CheckFailed(seen, f"Set pack.seq_len to {longest} or less.")
        return seen

    def loss_head(self) -> str:
        """The chunked loss is the model's own, with the scale and cap that its configuration names.

        Raises CheckFailed when they differ by `LOSS` nats or more.
        """
        from rewarm.model import causal_lm

        apart = causal_lm.loss_difference(self._model, self._ids(ENGLISH))
        seen = f"chunked loss and the model's own differ by at most {apart:.0e} nats"
        if not apart < LOSS:
            remedy = "This model changes logits after its head; choose a base whose head is one matrix."
            raise CheckFailed(f"{seen}, limit {LOSS:.0e}", remedy)
        return seen

    def isolation(self) -> str:
        """Packed documents have the logits they have alone. Raises CheckFailed at a difference of `LEAK`."""
        worst = leak(self._model, self._ids(ENGLISH), self._ids(CHINESE))
        seen = f"logits packed and alone differ by at most {worst:.0e}"
        if not worst < LEAK:
            remedy = (
                "Documents in one sequence see each other in this model. Choose a base with softmax "
                "attention and position ids (Llama, Qwen2, Mistral and their kin)."
            )
            raise CheckFailed(seen + f", limit {LEAK:.0e}", remedy)
        return seen

    def accumulation(self) -> str:
        """Four micro-batches of unequal token counts give the gradient of one batch.

        Raises CheckFailed when they differ by `GRADIENT` of its norm or more, or memory is too small.
        """
        import torch

        model = self._model
        room, where = available_memory(self._loading)
        if self.recipe and self.recipe.train.lora:
            # Of the norms alone, which every layer has: LoRA's machine need not hold whole gradients.
            for weight in model.parameters():
                weight.requires_grad_(weight.ndim < 2)
        held = 2 * 4 * sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
        if held > room:
            seen = f"not run: two gradients need {gigabytes(held)}, {gigabytes(room)} of {where} available"
            raise CheckFailed(seen, "Choose a smaller base, or a machine with more memory.")
        rows = (self._ids(ENGLISH)[0, :24], self._ids(CHINESE)[0, :24])
        size = min(map(len, rows))
        ids = torch.stack([rows[index % 2][:size].roll(index) for index in range(4)])
        weights = torch.zeros(4, size - 1, device=ids.device)
        for index in range(4):
            weights[index, : size - 1 - 4 * index] = 1
        weights /= weights.sum()
        error = accumulation_error(model, ids, weights, weights)
        seen = f"gradients of one batch and of four parts differ by {error:.0e} of their norm"
        if not error < GRADIENT:
            remedy = (
                "This model's sequences depend on their batch; report the model's name to rewarm's tracker."
            )
            raise CheckFailed(seen + f", limit {GRADIENT:.0e}", remedy)
        return seen

    @cached_property
    def _model(self) -> "PreTrainedModel":
        if self._failure:
            raise CheckFailed("not checked: the model does not load", UNCHECKED)
        self._failure = True
        room, where = available_memory(self._loading)
        need = 4 * parameters(self.folder)
        if need > room:
            seen = f"not loaded: its weights take {gigabytes(need)}, {gigabytes(room)} of {where} available"
            raise CheckFailed(seen, "Choose a smaller base, or a machine with more memory.")
        from rewarm.model import pretrained

        try:
            model = pretrained.model_of(self.folder)
        except RewarmError as error:
            remedy = "Fetch the model again, whole and from one place, or choose another base."
            raise CheckFailed(str(error).removeprefix("model: "), remedy) from error
        self._failure = False
        return model.to(training_device(self._loading)).eval()

    def _ids(self, text: str) -> "Tensor":
        device = self._model.device
        ids: Tensor = self._tokenizer(text, return_tensors="pt").input_ids.to(device)
        return ids

    @cached_property
    def _tokenizer(self) -> "PreTrainedTokenizerBase":
        from rewarm.model import pretrained

        return pretrained.tokenizer_of(self.folder)


def leak(model: Callable[..., Any], first: "Tensor", second: "Tensor", **how: object) -> float:
    """Largest difference of logits between two documents packed and each alone.

    first, second: int64 [1, tokens]; how: replaces the keywords of the packed call, by default
    restarted `position_ids` and no cache, which is what isolates.
    """
    import torch

    positions = torch.cat([torch.arange(part.shape[1], device=part.device) for part in (first, second)])
    how = {"position_ids": positions[None], "use_cache": False, **how}
    with torch.no_grad():
        packed = model(torch.cat([first, second], 1), **how).logits
        alone = torch.cat([model(part, use_cache=False).logits for part in (first, second)], 1)
    return float((packed - alone).abs().max())


def accumulation_error(model: "PreTrainedModel", ids: "Tensor", whole: "Tensor", parts: "Tensor") -> float:
    """Relative L2 difference between the gradient of one batch and of its rows one by one.

    ids: int64 [rows, tokens]; whole, parts: float [rows, tokens - 1], the weight of each target's
    loss in the batch and in the rows. Leaves no gradients behind.
    """
    large = _gradients(model, [(ids, whole)])
    small = _gradients(model, [(ids[row, None], parts[row, None]) for row in range(len(ids))])
    difference = sum(float((a - b).double().pow(2).sum()) for a, b in zip(large, small, strict=True))
    norm = sum(float(a.double().pow(2).sum()) for a in large)
    return float((difference / norm) ** 0.5) if norm else float("nan")


def _gradients(model: "PreTrainedModel", batches: Sequence[tuple["Tensor", "Tensor"]]) -> list["Tensor"]:
    from rewarm.model.causal_lm import token_losses

    model.zero_grad(set_to_none=True)
    for ids, weights in batches:
        token_losses(model, ids, None, weights, chunk=256)[0].backward()  # type: ignore[no-untyped-call]
    taken = [weight.grad for weight in model.parameters() if weight.grad is not None]
    model.zero_grad(set_to_none=True)
    return taken
