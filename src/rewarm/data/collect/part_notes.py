"""One note a file for each encoding, also of a file that was read in parts.

A reader notes the first record that is in another encoding. Parts are read without knowledge of each other,
so each notes its own first one; of these the file's first stays.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.data.collect.origins import Origin
from rewarm.engine.publish import writing

COUNT = "part_edits."
"""How units count what parts note, in the place of `edits.`"""


def settle(folder: Path, units: Iterable[tuple[str, list[Origin]]], counts: dict[str, int]) -> dict[str, int]:
    """Remove repeated notes from the ledgers and from the counts, which it returns.

    units: names of shards of `faults/` in the files' order, and what they were read from. A second call
    gives the same.
    """
    noted = {name.removeprefix(COUNT) for name in counts if name.startswith(COUNT)}
    settled = Counter({name: value for name, value in counts.items() if not name.startswith(COUNT)})
    seen: set[tuple[str, str]] = set()
    for shard, origins in units if noted else ():
        path = folder / "faults" / f"{shard}.parquet"
        cut = {origin.label for origin in origins if origin.part}
        if not cut or not path.exists():
            continue
        table = pq.read_table(path)
        stays = []
        for identity, reason, place in zip(
            *(table[name].to_pylist() for name in ("id", "reason", "origin")), strict=True
        ):
            key = (place.rpartition(":")[0], reason)
            is_note = not identity and reason in noted and key[0] in cut
            stays.append(not is_note or key not in seen)
            if is_note and key not in seen:
                seen.add(key)
                settled[f"edits.{reason}"] += 1
        if not all(stays):
            with writing(path) as aside:
                pq.write_table(table.filter(pa.array(stays)), aside, compression="zstd")
    return dict(settled)
