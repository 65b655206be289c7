"""What a device computes in: bf16 where it has the instructions, else fp32."""

import torch


def native_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware, by the library that PyTorch multiplies with."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def computed_in(device: torch.device, precision: str) -> str:
    """The precision that a device computes `precision` in: fp32 on a CPU without bf16 instructions.

    There bf16 products run at a sixtieth of the speed of fp32 (AVX2: 1.2 against 71 GFLOP/s a core).
    """
    return "fp32" if device.type == "cpu" and not native_bf16() else precision


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """bf16 autocast, or none for fp32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")
