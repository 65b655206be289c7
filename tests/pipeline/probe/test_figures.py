"""The peak that a probe's speed is compared with, by the name that the driver gives a card."""

import pytest
from made_probe import made

from rewarm.pipeline.probe.figures import efficiency_of
from rewarm.plan import accelerators, calibration, device_peaks


@pytest.mark.parametrize(
    ("hardware", "tflops", "card"),
    [
        ("NVIDIA A100-SXM4-80GB", 312, "a100"),
        ("NVIDIA H100 80GB HBM3", 989, "h100"),
        ("NVIDIA H200", 989, "h200"),
        ("NVIDIA H20", 148, "h20"),
        ("NVIDIA GeForce RTX 3090", 71, "rtx-3090"),
        ("NVIDIA GeForce RTX 4090", 165, "rtx-4090"),
        ("NVIDIA H100 PCIe", 756, ""),
        ("NVIDIA RTX A6000", 155, ""),
    ],
)
def test_card_is_found_by_its_whole_name(hardware: str, tflops: float, card: str) -> None:
    probe = made().model_copy(update={"device": "cuda", "hardware": hardware})
    achieved, beside, peak = efficiency_of(probe)
    assert peak == tflops * 1e12
    assert achieved == calibration.achieved(probe) / peak
    assert beside == (f"; the table's {accelerators.find(card).efficiency:.2f}" if card else "")


def test_unknown_card_and_cpu_are_compared_with_a_matrix_product() -> None:
    for update in ({"device": "cuda", "hardware": "Some GPU"}, {"hardware": "H100 in a CPU's name"}):
        probe = made().model_copy(update=update)
        assert efficiency_of(probe)[1:] == (", a matrix product's", probe.product_rate)


def test_both_tables_agree_on_the_peak_of_a_card() -> None:
    for card in accelerators.table():
        known = device_peaks.peak(card.name.upper().replace("-", " "))
        assert known in (None, card.tflops), card.name
