"""Each packer in a process of its own: `sides.py SIDE FOLDER OUT SEQ_LEN` prints JSON.

rewarm        the step `pack`: blocks on disk, with checksums and a table of segments
concatenate   the same step with `pack.method: concatenate`
trl           trl.data_utils.pack_dataset, strategy bfd_split, to a data set on disk
trl-bfd       the same with its default, bfd, which discards what is beyond a sequence
olmo-core     olmo_core.data.utils.pack_documents_into_instances: indices only, no token is copied
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Side = Callable[[Path, Path, int], dict[str, Any]]


def rewarm(folder: Path, out: Path, seq_len: int, method: str = "best_fit") -> dict[str, Any]:
    from rewarm.data.pack.step import run
    from rewarm.engine.work import Work
    from rewarm.recipe import Pack

    out.mkdir(parents=True)
    settings = Pack(method=method).model_dump(mode="json", exclude={"seq_len"})  # type: ignore[arg-type]
    config = {"stages": [{"name": "adapt", "seq_len": seq_len}], "seed": 0, "pack": settings}
    tables = {
        "plan": [folder / "plan"], "tokens": [folder / "tokens"],
        "token_breaks": [folder / "token_breaks.npy"],
    }  # fmt: skip
    began = sum(os.times()[:4])
    run(Work("pack", out, config, tables=tables))
    seconds = sum(os.times()[:4]) - began
    found = json.loads((out / "manifest.json").read_text())["adapt"]
    told = {name: found[name] for name in ("sequences", "tokens", "cut", "short_cut", "documents")}
    return {**told, "kinds": found["cuts"], "packing": seconds}


def concatenate(folder: Path, out: Path, seq_len: int) -> dict[str, Any]:
    return rewarm(folder, out, seq_len, "concatenate")


def trl(folder: Path, out: Path, seq_len: int, strategy: str = "bfd_split") -> dict[str, Any]:
    from datasets import Dataset
    from trl.data_utils import pack_dataset

    data = Dataset.from_parquet(str(folder / "documents.parquet"), cache_dir=str(out / "cache"))
    documents = len(data)
    began = time.process_time()
    packed = pack_dataset(data, seq_len, strategy=strategy)
    packed.save_to_disk(str(out / "packed"))
    seconds = time.process_time() - began
    lengths = packed["seq_lengths"] if "seq_lengths" in packed.column_names else []
    tokens = sum(len(row) for row in packed["input_ids"])
    segments = sum(len(row) for row in lengths)
    return {
        "sequences": len(packed), "tokens": tokens, "documents": documents, "segments": segments,
        "packing": seconds,
    }  # fmt: skip


def trl_bfd(folder: Path, out: Path, seq_len: int) -> dict[str, Any]:
    return trl(folder, out, seq_len, "bfd")


def olmo_core(folder: Path, out: Path, seq_len: int) -> dict[str, Any]:
    from olmo_core.data.types import LongDocStrategy
    from olmo_core.data.utils import pack_documents_into_instances

    began = time.process_time()
    instances, documents, tokens = pack_documents_into_instances(
        folder / "documents.npy", max_sequence_length=seq_len, eos_token_id=0, dtype=np.uint32,
        long_doc_strategy=LongDocStrategy.fragment,
    )  # fmt: skip
    seconds = time.process_time() - began
    return {
        "sequences": len(instances), "tokens": int(tokens), "segments": len(documents), "packing": seconds,
    }  # fmt: skip


SIDES: dict[str, Side] = {
    "rewarm": rewarm, "concatenate": concatenate, "trl": trl, "trl-bfd": trl_bfd, "olmo-core": olmo_core,
}  # fmt: skip


def main() -> None:
    side, folder, out, seq_len = sys.argv[1:]
    told = SIDES[side](Path(folder), Path(out), int(seq_len))
    cpu = time.process_time()
    print(json.dumps({**told, "cpu": cpu}))


if __name__ == "__main__":
    main()
