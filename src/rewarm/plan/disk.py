"""What a run needs on disk: checkpoints, the exported model, and copies of the text.

An estimate, to warn by: cleaning shrinks the text, compression of the tables differs.
"""

from dataclasses import dataclass

from rewarm.plan import memory
from rewarm.recipe import Export, Train

DATA_COPIES = 3  # documents as collected and cleaned, and the tokens


@dataclass(frozen=True)
class Disk:
    """Bytes by purpose; checkpoint: of one."""

    checkpoint: float
    checkpoints: float
    exported: float
    data: float

    @property
    def total(self) -> float:
        """Bytes."""
        return self.checkpoints + self.exported + self.data

    @property
    def least(self) -> float:
        """What no run does without: one checkpoint, or the exported model, and one copy of the text."""
        return max(self.checkpoint, self.exported) + self.data / DATA_COPIES

    def words(self) -> str:
        """The total and its parts as text, in GB."""
        parts = f"checkpoints {gigabytes(self.checkpoints)}, model {gigabytes(self.exported)}"
        return f"{gigabytes(self.total)} ({parts}, data {gigabytes(self.data)})"


def need(model: memory.Shapes | None, train: Train, export: Export, stored: float) -> Disk:
    """model: None where its shapes are not known; stored: bytes of the sources on this machine."""
    one = memory.need(model, train, 0).checkpoint if model else 0
    weights = model.parameters * (2 if export.dtype == "bfloat16" else 4) if model else 0
    return Disk(one, one * (train.keep_checkpoints + 1), weights, DATA_COPIES * stored)


def gigabytes(size: float) -> str:
    """Bytes as text, in GB of 10^9 bytes with one decimal."""
    return f"{size / 1e9:.1f} GB"
