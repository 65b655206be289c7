"""Texts of documents and recipes without characters that change how the text around them is shown."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewarm.report import figures


def safe(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can have
    """Plain values with every text, keys too, as `report/figures.py` makes it visible; arrays unchanged."""
    if isinstance(value, str):
        return figures.visible(value)
    if isinstance(value, Mapping):
        return {safe(key): safe(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [safe(one) for one in value]
    return value if isinstance(value, np.ndarray) else _plain(value)


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value.item() if isinstance(value, np.generic) else value
