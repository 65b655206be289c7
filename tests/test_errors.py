"""A full disk is recognised whichever library notices it. A file size limit stands in for the disk."""

import resource
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from rewarm.errors import full_disk

LIMIT = 100_000


def _numpy(path: Path) -> None:
    import numpy as np

    np.zeros(LIMIT).tofile(path)


def _array(path: Path) -> None:
    import numpy as np

    np.save(path, np.zeros(LIMIT))


def _safetensors(path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(LIMIT)}, path)


def _torch(path: Path) -> None:
    import torch

    torch.save({"weight": torch.zeros(LIMIT)}, path)


def _arrow(path: Path) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as file:
        file.write(b"0" * 10 * LIMIT)


def _text(path: Path) -> None:
    path.write_text("0" * 10 * LIMIT)


def _limited(write: Callable[[Path], None], path: Path) -> str | None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    try:
        write(path)
    except Exception as error:
        return full_disk(error)
    return "no error"


@pytest.mark.parametrize("write", [_numpy, _array, _safetensors, _torch, _arrow, _text])
def test_a_write_that_stops_short_is_a_full_disk(write: Callable[[Path], None], tmp_path: Path) -> None:
    with get_context("spawn").Pool(1) as pool:
        said = pool.apply(_limited, (write, tmp_path / "file"))
    assert said in ("a write stopped half-way", "file too large")


def test_other_errors_are_not_the_disk() -> None:
    assert full_disk(OSError(2, "No such file")) is None
    assert full_disk(ValueError("3 requested")) is None
