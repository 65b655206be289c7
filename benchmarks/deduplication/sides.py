"""What each side of benchmarks/dedupe.py runs: documents of CORPUS/phrases to OUT/kept/*.parquet."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BANDS, ROWS, GRAM = 14, 8, 5


def shards(corpus: Path) -> list[Path]:
    return sorted((corpus / "phrases/documents").glob("*.parquet"))


def texts(corpus: Path) -> dict[str, str]:
    """Every document's text by id."""
    found: dict[str, str] = {}
    for shard in shards(corpus):
        table = pq.read_table(shard, columns=["id", "text"])
        found.update(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))
    return found


def rewarm(corpus: Path, out: Path) -> None:
    from rewarm.data.dedupe import step
    from rewarm.engine.work import Work
    from rewarm.recipe import Dedupe

    (out / "step").mkdir(parents=True)
    tables = {
        "documents": [corpus / "phrases/documents"], "attributes": [corpus / "phrases/attributes"],
        "split": [corpus / "holdout/split"],
    }  # fmt: skip
    config = {"dedupe": Dedupe().model_dump(mode="json")}
    step.run(Work("dedupe", out / "step", config, tables=tables))
    _keep(
        corpus, out, lambda shard, _: pq.read_table(out / "step/keep" / shard.name)["keep"].combine_chunks()
    )


def daft(corpus: Path, out: Path) -> None:
    import daft
    import numpy as np
    from daft import col

    documents = daft.read_parquet(str(corpus / "phrases/documents/*.parquet"))
    spaced = daft.functions.regexp_replace(col("text"), r"([\p{Han}\p{Hiragana}\p{Katakana}])", " $1 ")
    clean = daft.functions.normalize(
        spaced, remove_punct=True, lowercase=True, nfd_unicode=False, white_space=True
    )
    hashed = documents.select(
        col("id"), daft.functions.minhash(clean, num_hashes=BANDS * ROWS, ngram_size=GRAM).alias("sketch")
    )
    bands = hashed.select(col("id"), daft.functions.chunk(col("sketch"), ROWS).alias("rows"))
    bands = bands.with_column("band", daft.lit(list(range(BANDS)))).explode("rows", "band")
    grouped = bands.groupby("band", "rows").agg(
        col("id").min().alias("first"), col("id").list_agg().alias("ids")
    )
    pairs = grouped.where(col("ids").list_count() > 1).select("first", "ids").explode("ids")
    found = pairs.select(col("first"), col("ids")).to_arrow()
    # Components as its guide leaves them to the caller: union-find over the pairs.
    names, codes = np.unique(
        np.concatenate([found[name].to_numpy(zero_copy_only=False) for name in ("first", "ids")]).astype(str),
        return_inverse=True,
    )
    parent = list(range(len(names)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one, other in zip(*np.split(codes, 2), strict=True):
        a, b = root(int(one)), root(int(other))
        parent[max(a, b)] = min(a, b)
    dropped = pa.array(
        [str(name) for number, name in enumerate(names) if root(number) != number], pa.string()
    )
    _keep(corpus, out, lambda _, ids: pc.invert(pc.is_in(ids, dropped)))


def datatrove(corpus: Path, out: Path) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    config = MinhashConfig(n_grams=GRAM, num_buckets=BANDS, hashes_per_bucket=ROWS)
    # Two tasks for two cores need two files at least.
    source = out / "in"
    source.mkdir(parents=True)
    table = pa.concat_tables(pq.read_table(shard, columns=["id", "text"]) for shard in shards(corpus))
    half = len(table) // 2
    pq.write_table(table.slice(0, half), source / "0.parquet")
    pq.write_table(table.slice(half), source / "1.parquet")

    def run(name: str, tasks: int, *pipeline: object) -> None:
        LocalPipelineExecutor(
            list(pipeline), tasks=tasks, workers=min(2, tasks), logging_dir=str(out / "logs" / name)
        ).run()

    sig, buckets, remove = (str(out / name) for name in ("sig", "buckets", "remove"))
    run("1", 2, ParquetReader(str(source)), MinhashDedupSignature(sig, config=config))
    run("2", BANDS, MinhashDedupBuckets(sig, buckets, config=config))
    run("3", 1, MinhashDedupCluster(buckets, remove, config=config))
    run("4", 2, ParquetReader(str(source)), MinhashDedupFilter(remove), ParquetWriter(str(out / "kept")))


def text_dedup(corpus: Path, out: Path) -> None:
    import datasets

    options = {
        "path": "parquet", "split": "train", "column": "text", "num_proc": 2, "min_length": 0,
        "data_files": corpus / "phrases/documents/*.parquet", "cache_dir": out / "cache",
        "output": out / "set",
        "ngram": GRAM, "num_perm": BANDS * ROWS, "b": BANDS, "r": ROWS,
    }  # fmt: skip
    command = [sys.executable, "-m", "text_dedup.minhash"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    subprocess.run(command, check=True)
    (out / "kept").mkdir()
    datasets.load_from_disk(str(out / "set")).to_parquet(str(out / "kept/0.parquet"))


def rensa(corpus: Path, out: Path) -> None:
    """Signatures and index alone, of words split at spaces: what a signature in Rust costs from Python."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=0.8, num_perm=BANDS * ROWS, num_bands=BANDS)
    for number, text in enumerate(texts(corpus).values()):
        words = text.lower().split()
        sketch = RMinHash(num_perm=BANDS * ROWS, seed=1)
        sketch.update([" ".join(words[at : at + GRAM]) for at in range(max(1, len(words) - GRAM + 1))])
        index.query(sketch)
        index.insert(number, sketch)


def _keep(corpus: Path, out: Path, mask: Callable[[Path, pa.Array], pa.Array]) -> None:
    """Write what a mask of ids keeps of every shard, two shards at a time, uncompressed for every side."""
    (out / "kept").mkdir(parents=True)

    def one(shard: Path) -> None:
        ids = pq.read_table(shard, columns=["id"], use_threads=False)["id"].combine_chunks()
        keeps, at = mask(shard, ids), 0
        with (
            pq.ParquetFile(shard, memory_map=True) as file,
            pq.ParquetWriter(
                out / "kept" / shard.name, file.schema_arrow, compression="none", use_dictionary=["source"]
            ) as writer,
        ):
            for batch in file.iter_batches(4096, use_threads=False):
                writer.write_batch(batch.filter(keeps.slice(at, len(batch))))
                at += len(batch)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, shards(corpus)))


SIDES = {"rewarm": rewarm, "daft": daft, "datatrove": datatrove, "text-dedup": text_dedup, "rensa": rensa}
