"""How far around a passage is read to decide whether its removal leaves a gap."""

import pytest
from repeated_passages import paragraph

from rewarm.data.trim.cuts import Cut
from rewarm.data.trim.gaps import leaves_gap
from rewarm.data.trim.pieces import LINE


@pytest.mark.parametrize(("size", "read"), [(4095, True), (4096, True), (4097, False)])
def test_lines_that_end_within_4096_bytes_are_read(size: int, read: bool) -> None:
    """A text of lines of prose whose last line is a field; beyond 4096 bytes that line is left out."""
    before, gone, field = (
        f"某地游记\n{paragraph('zh1', 6)}\n",
        f"{paragraph('zh2', 6)}\n",
        "状态：任务的状态。",
    )
    room = size - len(f"。\n{field}".encode())
    line = paragraph("zh3", 100).encode()[:room].decode(errors="ignore")
    behind = "x" * (room - len(line.encode())) + f"{line}。\n{field}"
    assert len(behind.encode()) == size
    start = len(before.encode())
    cut = Cut(start, start + len(gone.encode()), 1.0, "passage", 0, 0, LINE, LINE, 0)
    assert leaves_gap(f"{before}{gone}{behind}".encode(), cut, False) == read
