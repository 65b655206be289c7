"""Rotary positions for longer contexts: another base frequency or a scaling, from a stage on.

Raising the base (theta) is what Llama 3's and Code Llama's long-context stages do (2308.12950,
section 2.4); `linear` is position interpolation (2306.15595), `yarn` is 2309.00071, `llama3` the rule
of Llama 3.1. Weights stay as they are: the stage's training adapts them to the new angles.
"""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Rope = dict[str, Any]


class Rotary:
    """The rotary modules of a model and what its configuration said at first."""

    def __init__(self, model: "PreTrainedModel") -> None:
        self._model = model
        self._config = model.config.get_text_config()
        self._first = deepcopy(getattr(self._config, "rope_parameters", None))
        self._positions = getattr(self._config, "max_position_embeddings", None)

    def set(self, rope: Rope | None, seq_len: int) -> None:
        """Compute angles by `rope` (type, theta, factor, original_positions; None as at first).

        seq_len: the longest sequence from here on, which the configuration will allow.
        Raises RewarmError for a model without rotary positions.
        """
        modules = [
            (name, part)
            for name, part in self._model.named_modules()
            if hasattr(part, "rope_type") and next(part.buffers(), None) is not None
        ]
        if rope is not None and (self._first is None or not modules):
            raise RewarmError(
                f"stages.rope: {type(self._model).__name__} has no rotary positions that can be scaled; "
                "take it out"
            )
        if self._positions is not None:
            self._config.max_position_embeddings = max(self._positions, seq_len)
        if self._first is None:
            return
        wanted = self._parameters(rope)
        if wanted == self._config.rope_parameters:
            return
        self._config.rope_parameters = wanted
        for name, part in modules:
            device = next(part.buffers()).device
            self._model.set_submodule(name, type(part)(config=self._config).to(device))

    def _parameters(self, rope: Rope | None) -> object:
        first: Any = deepcopy(self._first)
        if rope is None:
            return first
        # Gemma 3 has a kind of angles for each kind of layer; its local layers look no further back.
        if "rope_type" not in first:
            return {**first, "full_attention": self._one(first["full_attention"], rope)}
        return self._one(first, rope)

    def _one(self, first: Rope, rope: Rope) -> Rope:
        made = {"rope_type": rope["type"], "rope_theta": rope["theta"] or first["rope_theta"]}
        if rope["type"] != "default":
            made["factor"] = float(rope["factor"])
            made["original_max_position_embeddings"] = rope["original_positions"] or self._positions
        if rope["type"] == "llama3":
            made |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
        if "partial_rotary_factor" in first:
            made["partial_rotary_factor"] = first["partial_rotary_factor"]
        return made
