"""A GGUF file as a base model to continue: dequantised once, kept as safetensors.

transformers reads GGUF, but the model it gives keeps a quantisation flag: `save_pretrained` and
`.float()` raise. So the weights move into a model built anew from the configuration without it.
Dequantising restores no precision: a 4-bit base starts a little worse than the original weights,
and both sides of a comparison must start from the same converted files.
"""

from pathlib import Path

from rewarm.engine.publish import publishing
from rewarm.errors import RewarmError
from rewarm.model import base_files, gguf_header


def check(gguf: Path) -> None:
    """Raise RewarmError for a file that is damaged or holds a mixture of experts. Reads the header only."""
    settings = gguf_header.read(gguf).settings
    kind = settings.get("general.architecture", "")
    base_files.refuse_experts({"num_experts": settings.get(f"{kind}.expert_count", 0)}, gguf)


def convert(gguf: Path, target: Path) -> None:
    """Write the model (fp32) and tokenizer of a GGUF file as a Hugging Face directory `target`.

    Does nothing when `target` stands already: it is published whole or not at all.
    Raises FileNotFoundError for a missing file, ImportError when `rewarm[gguf]` is not installed, and
    RewarmError for a file that is damaged or whose weights do not fit its architecture.
    """
    if target.exists():
        return
    if not gguf.is_file():
        raise FileNotFoundError(f"{gguf}: no such file; give the path of a .gguf model file")
    check(gguf)
    try:
        import accelerate  # noqa: F401
        import gguf as _reader  # noqa: F401
        import torch
        from transformers import AutoModelForCausalLM
    except ImportError as error:
        raise ImportError(f"{gguf}: reading GGUF needs {error.name}; install rewarm[gguf]") from error
    from rewarm.model import pretrained

    folder, name = str(gguf.parent), gguf.name
    try:
        with pretrained.quiet():
            tokenizer = pretrained.tokenizer_of(gguf.parent, gguf_file=name)
            loaded, report = AutoModelForCausalLM.from_pretrained(
                folder,
                gguf_file=name,
                dtype=torch.float32,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise RewarmError(f"{gguf}: transformers cannot read it: {lines[0]}") from error
    pretrained.refuse_misfits(gguf, loaded, report)
    config = type(loaded.config).from_dict(
        {name: value for name, value in loaded.config.to_dict().items() if name != "quantization_config"}
    )
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(loaded.state_dict())
    with publishing(target) as partial:
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
