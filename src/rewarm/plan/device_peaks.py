"""Peak speed of a card by the name that its driver gives it, as data sheets state it."""

# TFLOP/s of dense bf16 with fp32 accumulation; the first name that a device's name contains counts.
PEAKS = {
    "H100 PCIe": 756, "H100 NVL": 835, "H100": 989, "H200": 989, "H20": 148, "H800": 989, "GH200": 989,
    "B200": 2250, "A100": 312, "A800": 312, "L40S": 362, "L40": 181, "L4": 121, "A10G": 70, "A10": 125,
    "A6000": 155, "RTX 5090": 210, "RTX 4090": 165, "RTX 3090": 71,
}  # fmt: skip


def peak(name: str) -> int | None:
    """TFLOP/s of a device such as `NVIDIA H100 80GB HBM3`; None for one that is not known."""
    return next((peak for known, peak in PEAKS.items() if known in name), None)
