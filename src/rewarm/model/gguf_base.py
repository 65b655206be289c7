"""A GGUF file as a base model to continue: dequantised once, kept as safetensors.

transformers reads GGUF, but the model it gives keeps a quantisation flag: `save_pretrained` and
`.float()` raise. So the weights move into a model built anew from the configuration without it.
Dequantising restores no precision: a 4-bit base starts a little worse than the original weights,
and both sides of a comparison must start from the same converted files.
"""

from pathlib import Path

from rewarm.corpus.publish import publishing


def convert(gguf: Path, target: Path) -> None:
    """Write the model (fp32) and tokenizer of a GGUF file as a Hugging Face directory `target`.

    Does nothing when `target` stands already: it is published whole or not at all.
    Raises FileNotFoundError for a missing file, ImportError when `rewarm[gguf]` is not installed.
    """
    if target.exists():
        return
    if not gguf.is_file():
        raise FileNotFoundError(f"{gguf}: no such file; give the path of a .gguf model file")
    try:
        import accelerate  # noqa: F401
        import gguf as _reader  # noqa: F401
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise ImportError(f"{gguf}: reading GGUF needs {error.name}; install rewarm[gguf]") from error
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    loaded = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    config = type(loaded.config).from_dict(
        {name: value for name, value in loaded.config.to_dict().items() if name != "quantization_config"}
    )
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(loaded.state_dict())
    with publishing(target) as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
