"""The only place where transformers loads a base: no custom code, and every weight accounted for.

`trust_remote_code=False` is passed everywhere: with transformers' default a model folder with `auto_map`
makes it ask on the terminal whether to run the folder's Python files. transformers also loads a model
whose weights are missing, unexpected or of another shape, and draws the missing ones at random; here
that is an error which names them. Weights that are tied to another are not missing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from rewarm.errors import RewarmError
from rewarm.model import base_files

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

# Tables that older checkpoints carry and that transformers computes: no weights.
_HARMLESS = ("rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", ".attention.bias", "position_ids")


def config_of(folder: Path) -> "PreTrainedConfig":
    """The configuration. Raises RewarmError when transformers does not know the architecture."""
    from transformers import AutoConfig

    settings = base_files.config(folder)
    base_files.refuse_own_code(settings, folder)
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        raise RewarmError(f"{folder}: config.json is not understood: {_first_line(error)}") from error


def tokenizer_of(folder: Path, **more: object) -> "PreTrainedTokenizerBase":
    """The tokenizer; its own Python code is never run."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **more)


def model_of(folder: Path, config: "PreTrainedConfig" = None) -> "PreTrainedModel":
    """The causal language model in fp32 on the CPU.

    Raises RewarmError for a file that is damaged, a mixture of experts, and weights that do not fit.
    """
    base_files.check(folder)
    return _loaded(folder, config_of(folder) if config is None else config, torch.float32)


def check_weights(folder: Path) -> None:
    """Raise as `model_of` does, without reading the weights: files are mapped in the dtype they have."""
    base_files.check(folder)
    _loaded(folder, config_of(folder), "auto")


def _loaded(folder: Path, config: "PreTrainedConfig", dtype: object) -> "PreTrainedModel":
    from transformers import AutoModelForCausalLM

    try:
        with quiet():
            model, report = AutoModelForCausalLM.from_pretrained(
                folder,
                config=config,
                dtype=dtype,
                trust_remote_code=False,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
    except Exception as error:
        reason = _first_line(error)
        raise RewarmError(f"{folder}: does not load as a causal language model: {reason}") from error
    refuse_misfits(folder, model, report)
    return model


def refuse_misfits(source: Path, model: "PreTrainedModel", report: dict[str, Any]) -> None:
    """Raise RewarmError when weights are missing, unexpected or of another shape.

    report: transformers' loading information. source: what is named in the error.
    """
    tied = set(getattr(model, "all_tied_weights_keys", None) or {})
    missing = sorted(name for name in map(str, report["missing_keys"]) if name not in tied)
    unexpected = sorted(name for name in map(str, report["unexpected_keys"]) if not name.endswith(_HARMLESS))
    shapes = sorted(report["mismatched_keys"])
    failed = sorted(map(str, report.get("error_msgs") or []))
    said = [
        _named("missing", missing),
        _named("not known to the architecture", unexpected),
        _named(
            "of another shape", [f"{name} {list(there)} for {list(wanted)}" for name, there, wanted in shapes]
        ),
        _named("not readable", failed),
    ]
    faults = [fault for fault in said if fault]
    if faults:
        raise RewarmError(
            f"{source}: its weights do not fit {type(model).__name__} as config.json describes it: "
            f"{'; '.join(faults)}. They would be trained from random values or lost. Fetch config.json and "
            "weights again from one place"
        )


def _named(what: str, names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} {what} ({', '.join(names[:5])}{more})" if names else ""


def _first_line(error: BaseException) -> str:
    lines: Iterable[str] = str(error).strip().splitlines()
    return next(iter(lines), type(error).__name__)


@contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' progress bars and tables: what they say is checked here."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
