"""Of two copies of a text, the one whose pages were read better is preferred by later steps."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.data.clean.step import clean_shard
from rewarm.recipe import Clean


def test_quality_follows_the_pages(tmp_path: Path) -> None:
    text = "The tenant pays the rent on the first day of every month, by transfer. " * 20
    metas = ['{"kind":"docx"}', '{"page_quality":0.8}', "", '{"page_quality":"high"}', '{"page_quality":7}']
    rows = [
        {"id": str(at), "text": text, "source": "s", "origin": "o", "labels": [], "meta": meta, "masks": []}
        for at, meta in enumerate(metas)
    ]
    (tmp_path / "in").mkdir()
    shard = tmp_path / "in/00000.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=documents.SCHEMA), shard)
    for table in ("documents", "attributes", "ledger"):
        (tmp_path / "out" / table).mkdir(parents=True)
    clean_shard(str(shard), str(tmp_path / "out"), json.loads(Clean().model_dump_json()))
    quality = pq.read_table(tmp_path / "out/attributes/00000.parquet")["quality"].to_pylist()
    assert quality[0] > 0.5 and quality[2] == quality[3] == quality[4] == quality[0]
    assert abs(quality[1] - 0.8 * quality[0]) < 1e-9
