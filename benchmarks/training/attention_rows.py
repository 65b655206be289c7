"""The rows of `--only attention`: packed over one document a row, by model, length and mix; masks at 16k."""

import statistics
import sys
from pathlib import Path

from support import result_table

from training import attention_sides, turns

_BAR, _MASKS = 1.1, 1.0  # ratio, MB


def rows(world: Path, repeats: int, threads: int) -> list[result_table.Row]:
    """CPU-seconds of packed sequences over those of one document a row, and over dense masks."""
    found = []
    for model in attention_sides.LENGTHS:
        packed, alone, dense = _spent(model, world, repeats, threads)
        for length, mix in attention_sides.cells(model):
            cell, name = (length, mix), f"attention, {model}: {length:,} tokens, {mix}"
            ratio = _ratio(packed[cell], alone[cell])
            found.append(result_table.row(name, ratio, _BAR, peer="one a row", at_most=True))
            if cell in dense:
                found.append(result_table.row(name, _ratio(packed[cell], dense[cell]), peer="dense masks"))
            print(f"{name:<52}{statistics.median(packed[cell]):>8.2f} CPU-s", flush=True)
    with turns.sides({"masks": sys.executable}, world, threads) as (side,):
        size = side.go()["bytes"] / 1e6
    name = f"attention: largest mask at {attention_sides.LONG:,} tokens, MB"
    return [*found, result_table.row(name, size, _MASKS, at_most=True, judged=True)]


def _spent(model: str, world: Path, repeats: int, threads: int) -> list[dict[tuple[int, str], list[float]]]:
    """CPU-seconds of each cell for packed, one a row and dense masks; a first round is not counted."""
    names = [f"{kind}, {model}" for kind in ("packed", "one a row", "dense masks")]
    spent: dict[str, dict[tuple[int, str], list[float]]] = {name: {} for name in names}
    with turns.sides(dict.fromkeys(names, sys.executable), world, threads) as sides:
        for repeat in range(repeats + 1):
            for cell in attention_sides.cells(model):
                for side in sides if repeat % 2 else sides[::-1]:
                    if side.name.startswith("dense") and cell[0] > attention_sides.DENSE_UP_TO:
                        continue
                    seconds = side.go()["cpu"]
                    if repeat:
                        spent[side.name].setdefault(cell, []).append(seconds)
    return list(spent.values())


def _ratio(mine: list[float], theirs: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(mine, theirs, strict=True))
