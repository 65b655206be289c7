"""Where the user wants training to go back to and to stop: at the ends of blocks."""

from dataclasses import dataclass
from pathlib import Path

from rewarm.errors import RewarmError


@dataclass(frozen=True)
class AtBlocks:
    """back: continue from the state after this block; stop: stop after this block; from 1, None for neither.

    They say nothing about the result of a training that runs to its end, so they are in no key.
    """

    back: int | None = None
    stop: int | None = None

    def plain(self) -> dict[str, int | None]:
        """For the configuration of the step."""
        return {"from_block": self.back, "stop_after_block": self.stop}

    def refuse_finished(self, folder: Path) -> None:
        """Raise RewarmError where either is asked of a finished training. folder: of that training."""
        for option, number in (("--from-block", self.back), ("--stop-after-block", self.stop)):
            if number is not None:
                raise RewarmError(
                    f"{option} {number}: the training in {folder} is finished. A recipe with "
                    f"`start: {{run: RUN, block: {number}}}` continues from a state "
                    "that train.keep_blocks kept"
                )


NOWHERE = AtBlocks()
