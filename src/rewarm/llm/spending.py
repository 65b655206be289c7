"""A budget that no attempt can exceed, over threads, processes, restarts and kills.

Before an attempt is sent, the most that it can use is written to a journal; after its answer, what it
did use. An attempt without an answer (a timeout, a broken connection, a killed process) counts with the most,
since the server may have billed it. So the sum is never below what was billed, and an attempt that could
exceed a limit is not sent. The price: near a limit, some of the budget may stay unused.

The journal is JSON lines, appended under a lock. A line that a crash cut is ignored: either its attempt was
not sent, or the attempt counts with the most.
"""

import fcntl
import json
import math
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.recipe.llm import Budget, Prices

# Costs are summed as integers, so that no order of additions rounds above or below a limit.
_PARTS = 10**9


class BudgetReached(RewarmError):
    """The next attempt could exceed the budget, and none is under way that may leave room."""


@dataclass(frozen=True)
class Spent:
    """cost: in billionths of the prices' currency."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_parts: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def cost(self) -> float:
        return self.cost_parts / _PARTS

    def plus(self, other: "Spent", sign: int = 1) -> "Spent":
        return Spent(
            self.requests + sign * other.requests,
            self.input_tokens + sign * other.input_tokens,
            self.output_tokens + sign * other.output_tokens,
            self.cost_parts + sign * other.cost_parts,
        )


def price(input_tokens: int, output_tokens: int, prices: Prices) -> Spent:
    """One attempt with these tokens."""
    cost = (input_tokens * prices.input + output_tokens * prices.output) * (_PARTS / 10**6)
    return Spent(1, input_tokens, output_tokens, math.ceil(cost))


class Spending:
    """The journal at `path`, and the limits."""

    def __init__(self, path: Path, budget: Budget, prices: Prices) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._budget, self._prices = path, budget, prices
        self._open: dict[str, Spent] = {}
        self._sum = Spent()
        self._read = 0
        self._mine: set[str] = set()
        self._changed = threading.Condition()

    def so_far(self) -> Spent:
        """What was used, with the most of every attempt that has no answer."""
        with self._changed, self._journal() as descriptor:
            self._catch_up(descriptor)
            return self._sum

    def reserve(self, input_tokens: int, output_tokens: int) -> str:
        """Write down the most that an attempt can use; the name to settle it by.

        Waits while attempts of this process are under way whose answers may leave room. Raises BudgetReached.
        """
        most = price(input_tokens, output_tokens, self._prices)
        with self._changed:
            while True:
                with self._journal() as descriptor:
                    self._catch_up(descriptor)
                    full = self._exceeded(self._sum.plus(most))
                    if not full:
                        name = uuid.uuid4().hex
                        self._append(descriptor, {"sent": name, "most": _plain(most)})
                        self._mine.add(name)
                        return name
                if not self._mine:
                    raise BudgetReached(full)
                self._changed.wait(timeout=1)

    def settle(self, name: str, input_tokens: int, output_tokens: int) -> None:
        """Replace the most of an attempt by what it used."""
        used = price(input_tokens, output_tokens, self._prices)
        with self._changed, self._journal() as descriptor:
            self._append(descriptor, {"done": name, "used": _plain(used)})
            self._mine.discard(name)
            self._changed.notify_all()

    def leave(self, name: str) -> None:
        """Let an attempt count with the most: nobody knows what it used."""
        with self._changed:
            self._mine.discard(name)
            self._changed.notify_all()

    def _exceeded(self, total: Spent) -> str:
        limits = self._budget
        for field, limit, value in (
            ("requests", limits.requests, total.requests),
            ("tokens", limits.tokens, total.tokens),
            ("cost", limits.cost and round(limits.cost * _PARTS), total.cost_parts),
        ):
            if limit is not None and value > limit:
                shown = f"{limits.cost:g}" if field == "cost" else f"{limit:,}"
                spent = self._sum
                return (
                    f"budget.{field}: the next attempt could exceed {shown}; so far {spent.requests:,} "
                    f"requests, {spent.tokens:,} tokens, cost {spent.cost:.4f} ({self._path}). Every answer "
                    "so far stays; raise the limit and run the same command again to go on"
                )
        return ""

    @contextmanager
    def _journal(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _catch_up(self, descriptor: int) -> None:
        """Read what other processes, or this one, appended since the last look."""
        size = os.fstat(descriptor).st_size
        if size < self._read:
            raise RewarmError(
                f"{self._path}: became shorter while it was used; the budget is not known any more"
            )
        data = os.pread(descriptor, size - self._read, self._read)
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if "sent" in row:
                self._open[row["sent"]] = Spent(*row["most"])
                self._sum = self._sum.plus(self._open[row["sent"]])
            elif "done" in row and row["done"] in self._open:
                self._sum = self._sum.plus(self._open.pop(row["done"]), -1).plus(Spent(*row["used"]))

    def _append(self, descriptor: int, row: dict[str, Any]) -> None:
        size = os.fstat(descriptor).st_size
        cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (b"\n" if cut else b"") + json.dumps(row).encode() + b"\n")
        if "sent" in row:  # Losing the other kind costs budget, never money.
            os.fsync(descriptor)
        self._catch_up(descriptor)


def _plain(spent: Spent) -> list[int]:
    return [spent.requests, spent.input_tokens, spent.output_tokens, spent.cost_parts]
