"""Channel loss for transformers' Trainer, TRL and LLaMA-Factory.

The loss of a batch from `BlockDataset` is rewarm's own: chunked linear + cross entropy without full
logits, documents isolated (`use_cache=False` with restarted positions), divided by the number of
targets over all micro-batches and ranks, which Trainer counts as `num_items_in_batch`. It is computed
inside the model's own forward, so that DDP, FSDP and autocast, which wrap that, stay what they are.

The sums cross ranks once a logged update. They belong to the log window, are not in checkpoints, and a
resume begins with an empty window.
"""

from importlib.util import find_spec
from inspect import signature
from types import MethodType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import Trainer

from rewarm.errors import RewarmError
from rewarm.interop.block_dataset import IGNORED, BlockCollator, BlockDataset
from rewarm.interop.channels import Channels
from rewarm.model import causal_lm
from rewarm.model.channel_loss import LeafSums

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# In 16 bits rounding alone moves a loss by hundredths; a leak moves it by more than this.
_ROUGH = 0.1

if find_spec("accelerate") is None:
    raise RewarmError("interop.trainer: transformers' Trainer needs accelerate; install rewarm[trainer]")


class ChannelLossMixin:
    """Base class to put before a Trainer: `class Mine(ChannelLossMixin, SFTTrainer)`.

    channels: of the leaves; by default those of a `BlockDataset` given as train_dataset or
    eval_dataset. loss_chunk: tokens whose logits exist at one time. verify: check on the model that
    documents are isolated and the loss head is its own. For batches without `leaves` the
    Trainer's own loss is computed. Everything else is the Trainer's.
    Raises RewarmError for a model that cannot be trained this way, and when no channels are known.
    """

    loss_is_scaled_for_ga = True

    def __init__(
        self,
        *args: object,
        channels: Channels | None = None,
        loss_chunk: int = 256,
        verify: bool = True,
        **kwargs: object,
    ) -> None:
        given = [*args, *kwargs.values()]
        known = [channels, *(item.channels for item in given if isinstance(item, BlockDataset))]
        channel_table = next((item for item in known if item is not None), None)
        if channel_table is None:
            raise RewarmError(
                "ChannelLossMixin: no channels are known; give a BlockDataset as train_dataset or channels=…"
            )
        # The third argument of every Trainer is the collator.
        collator = args[2] if len(args) > 2 else kwargs.get("data_collator")
        if collator is None and any(isinstance(item, BlockDataset) for item in given):
            if len(args) > 2:
                args = (*args[:2], BlockCollator(), *args[3:])
            else:
                kwargs["data_collator"] = BlockCollator()
        parent: Any = super()
        parent.__init__(*args, **kwargs)
        trainer: Any = self
        if trainer.args.n_gpu > 1:
            raise RewarmError(
                f"ChannelLossMixin: {trainer.args.n_gpu} GPUs in one process (DataParallel) are not "
                "supported; start one process for each GPU with torchrun, or set CUDA_VISIBLE_DEVICES"
            )
        if trainer.args.label_smoothing_factor or trainer.compute_loss_func is not None:
            raise RewarmError(
                "ChannelLossMixin: label_smoothing_factor and compute_loss_func need logits, and no logits "
                "exist here; leave them out"
            )
        # The model's signature has no leaves; Trainer would take them out of the batch.
        trainer.args.remove_unused_columns = False
        # Trainer then counts targets over all micro-batches and ranks, whatever the model's signature.
        trainer.model_accepts_loss_kwargs = True
        trainer.args.average_tokens_across_devices = True
        self._channels = channel_table
        self._table: dict[bool, LeafSums] = {}
        _give_losses(trainer.model, loss_chunk)
        if verify:
            sizes = (trainer.args.per_device_train_batch_size, trainer.args.per_device_eval_batch_size)
            _verify(trainer.model, max(sizes))

    def compute_loss(
        self,
        model: "PreTrainedModel",
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
        **kwargs: object,
    ) -> object:
        """The batch's share of the loss, a scalar, in nats per token; sums by leaf are added on the side.

        Without `num_items_in_batch`, and in evaluation, it is the batch's mean. inputs: input_ids, labels and
        leaves, int64 [rows, length]; without leaves the parent's loss is computed.
        """
        parent: Any = super()
        if "leaves" not in inputs:
            return parent.compute_loss(
                model, inputs, return_outputs, num_items_in_batch=num_items_in_batch, **kwargs
            )
        trainer: Any = self
        tokens, labels = inputs["input_ids"], inputs["labels"][:, 1:]
        counts = (labels != IGNORED).float()
        evaluating = not model.training
        divisor = counts.sum() if evaluating or num_items_in_batch is None else num_items_in_batch
        scaled = counts / torch.as_tensor(divisor, device=counts.device).clamp(min=1)
        loss, nll = model(input_ids=tokens, position_ids=inputs["position_ids"], target_weights=scaled)
        sums = self._sums(evaluating, tokens.device)
        sizes = self._channels.token_bytes[tokens[:, 1:].reshape(-1)]
        sums.add(nll, inputs["leaves"][:, 1:].reshape(-1), counts.reshape(-1), sizes)
        if not evaluating and num_items_in_batch is not None:
            # DDP and FSDP average gradients over ranks, and ranks of tensor parallelism see the same batch.
            tensor_ranks = trainer.get_tp_size() if hasattr(trainer, "get_tp_size") else 1
            loss = loss * (trainer.accelerator.num_processes // tensor_ranks)
        return (loss, {"loss": loss}) if return_outputs else loss

    def log(self, logs: dict[str, float], *args: object, **kwargs: object) -> None:
        """Add channels to a log of the training loss."""
        if "loss" in logs and False in self._table:
            logs.update(self._channels.logs(self._added_up(False)))
        parent: Any = super()
        parent.log(logs, *args, **kwargs)

    def evaluation_loop(self, *args: object, metric_key_prefix: str = "eval", **kwargs: object) -> object:
        """Add channels to the metrics, and replace the mean of means by the mean over all targets."""
        self._table.pop(True, None)
        parent: Any = super()
        output = parent.evaluation_loop(*args, metric_key_prefix=metric_key_prefix, **kwargs)
        if True in self._table:
            table = self._added_up(True)
            nats, tokens, _ = table.sum(0).tolist()
            if tokens:
                output.metrics[f"{metric_key_prefix}_loss"] = nats / tokens
            output.metrics.update(self._channels.logs(table, f"{metric_key_prefix}_"))
        return output

    def _sums(self, evaluating: bool, device: torch.device) -> LeafSums:
        if evaluating not in self._table:
            self._table[evaluating] = LeafSums(self._channels.leaves, device)
            self._channels.token_bytes = self._channels.token_bytes.to(device)
        return self._table[evaluating]

    def _added_up(self, evaluating: bool) -> Tensor:
        """The window's sums over all ranks, on the CPU; the next window begins empty."""
        trainer: Any = self
        table: Tensor = trainer.accelerator.reduce(self._table.pop(evaluating).table, "sum")
        return table.cpu()


class ChannelLossTrainer(ChannelLossMixin, Trainer):  # type: ignore[misc]
    """transformers' Trainer with channel loss, in the order of the blocks.

    Takes what Trainer takes, and what `ChannelLossMixin` adds.
    """

    def _get_train_sampler(self, *args: object, **kwargs: object) -> object:
        """`train_sampling_strategy` is random by default, which would undo mix and order."""
        if isinstance(self.train_dataset, BlockDataset):
            return torch.utils.data.SequentialSampler(self.train_dataset)
        return super()._get_train_sampler(*args, **kwargs)


def _bare(model: "PreTrainedModel") -> object:
    """The causal language model inside a peft model, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _give_losses(model: "PreTrainedModel", chunk: int) -> None:
    """Let the model's forward give (weighted loss, token losses) when it is called with `target_weights`."""
    plain = model.forward

    def forward(
        self: object, *args: object, target_weights: Tensor | None = None, **kwargs: Tensor
    ) -> object:
        if target_weights is None:
            return plain(*args, **kwargs)
        tokens, positions = kwargs["input_ids"], kwargs["position_ids"]
        return causal_lm.token_losses(_bare(self), tokens, positions, target_weights, chunk=chunk)

    # `generate` and Trainer read a model's arguments off its forward.
    forward.__signature__ = signature(type(model).forward)  # type: ignore[attr-defined]
    model.forward = MethodType(forward, model)


def _verify(model: "PreTrainedModel", rows: int) -> None:
    parameters = list(model.parameters())
    if not any(parameter.is_meta for parameter in parameters):
        rough = any(parameter.dtype in (torch.bfloat16, torch.float16) for parameter in parameters)
        causal_lm.verify(_bare(model), rows=rows, **({"tolerance": _ROUGH} if rough else {}))
