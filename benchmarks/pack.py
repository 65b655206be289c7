"""Packing: padding, documents that are cut, speed and memory, next to TRL's and OLMo-core's packers.

Real documents in three languages and code, encoded with a tokenizer of 16,000 tokens, at sequences of 2,048.
rewarm writes blocks with checksums and a table that leads from each token to its document; TRL's best-fit
decreasing makes a data set on disk; OLMo-core's packer gives indices and copies no token. CPU-seconds
are those of the call alone, without the start of the interpreter and imports; rewarm's include the writing
of blocks and their checksums, TRL's the writing of the data set. Memory is the
largest proportional memory of all processes of a side.

The last rows follow every token of the blocks to its document and back.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from collecting import processes
from packing import inputs
from support import result_table
from support.smoke import SMOKE

_SEQ_LEN = 2048
_MB = 60.0
_SIDE = str(Path(__file__).parent / "packing" / "sides.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=2.0 if SMOKE else _MB, help="megabytes of text")
    parser.add_argument("--work", type=Path, help="keep inputs and outputs here")
    result_table.smoke_option(parser)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        if not (work / "in").exists():
            inputs.write(work / "in", given.mb)
        result_table.table("pack", rows(work))


def rows(work: Path) -> list[result_table.Row]:
    peers = [("trl", "trl"), ("trl-bfd", "trl"), ("olmo-core", "olmo_core")]
    found: list[result_table.Row] = []
    told: dict[str, processes.Seen] = {}
    for side in ["concatenate", "rewarm", *result_table.installed(peers)]:
        out = work / f"out-{side}"
        told[side] = processes.run([_SIDE, side, str(work / "in"), str(out), str(_SEQ_LEN)])
    lengths = pq.read_table(work / "in/plan/adapt.parquet")["tokens"].to_numpy()
    long = int((lengths > _SEQ_LEN).sum())
    print(f"{len(lengths):,} documents, {lengths.sum():,} tokens, {long:,} longer than {_SEQ_LEN:,}")
    for side, seen in told.items():
        own = seen.told
        slots = own["sequences"] * _SEQ_LEN
        bar = 0.001 if side == "rewarm" else None
        peer = "" if side == "rewarm" else side
        padding = 1 - own["tokens"] / slots
        found.append(result_table.row("padding, share", padding, bar, peer=peer, at_most=True))
        if own["tokens"] != lengths.sum():
            lost = 1 - own["tokens"] / lengths.sum()
            found.append(result_table.row("tokens lost, share", lost, peer=peer))
        if "short_cut" in own:
            found.append(result_table.row("documents cut", own["cut"], peer=peer))
        elif own["segments"]:
            found.append(result_table.row("cuts", own["segments"] - len(lengths), peer=peer))
        spent = own.get("packing", seen.cpu)
        found.append(
            result_table.row("million tokens per CPU-second", own["tokens"] / 1e6 / spent, peer=peer)
        )
        found.append(result_table.row("peak memory, MB", seen.peak / 2**20, peer=peer))
    # A document longer than a sequence has to be cut by any packer.
    short = [told[side].told["short_cut"] for side in ("rewarm", "concatenate")]
    fewer = 1 - short[0] / max(1, short[1])
    found.append(
        result_table.row("documents cut that fit into a sequence: fewer than concatenated", fewer, 0.9)
    )
    every = [told[side].told["cut"] for side in ("rewarm", "concatenate")]
    found.append(
        result_table.row("documents cut, of all: fewer than concatenated", 1 - every[0] / max(1, every[1]))
    )
    kinds = told["rewarm"].told["kinds"]
    at = sum(kinds[name] for name in ("sentence", "line", "paragraph")) / max(1, sum(kinds.values()))
    found.append(result_table.row("cuts behind a sentence, line or paragraph, share", at))
    forth, back = traced(work)
    found.append(
        result_table.row("tokens of blocks that lead to their document, share", forth, 1.0, judged=True)
    )
    found.append(
        result_table.row("tokens of documents that are found in blocks, share", back, 1.0, judged=True)
    )
    return found


def traced(work: Path) -> tuple[float, float]:
    """Shares of the tokens in blocks that equal the token of the document at the place that the block names,
    and of the documents' tokens that are in a block exactly once."""
    from rewarm.corpus.tables import ids, token_table
    from rewarm.corpus.tables.blocks import Blocks

    blocks = Blocks(work / "out-rewarm", "adapt", verify=True)
    tokens = token_table.Tokens(work / "in/tokens")
    table = token_table.summary(work / "in/tokens")
    known = {key: row for row, key in enumerate(ids.sortable(table.ids).tolist())}
    seen = [np.zeros(length, dtype=np.int32) for length in table.lengths.tolist()]
    right = total = 0
    for number in range(len(blocks)):
        sequence = blocks[number]
        start = 0
        names = ids.sortable(sequence.documents).tolist()
        for name, offset, length in zip(
            names, sequence.offsets.tolist(), sequence.lengths.tolist(), strict=True
        ):
            row = known[name]
            own = tokens[row][offset : offset + length]
            right += int((own == sequence.tokens[start : start + length]).sum())
            seen[row][offset : offset + length] += 1
            start += length
            total += length
    once = sum(int((one == 1).sum()) for one in seen)
    return right / total, once / int(table.lengths.sum())


if __name__ == "__main__":
    main()
