"""The clusters of near-duplicates of a run, largest first: the document kept and those dropped for it."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.corpus.tables.ledger import EXCERPT
from rewarm.errors import RewarmError
from rewarm.runs import step_tables
from rewarm.runs.run import Run


def clusters(run: Run, most: int) -> list[dict[str, Any]]:
    """Up to `most` clusters: id of the kept document, size, and members with similarity and excerpt.

    The kept document comes first, unless it is one of an earlier run (`dedupe.base`), which is not here.
    Raises RewarmError for a run without the step.
    """
    deduped, cleaned = run.steps.get("dedupe"), run.steps.get("phrases")
    if deduped is None or cleaned is None:
        raise RewarmError(f"{run.path}: has no step dedupe yet; rewarm run RECIPE --until dedupe makes it")
    rows = pa.concat_tables([pq.read_table(shard) for shard in documents.shards(deduped.path / "clusters")])
    sizes = rows.group_by("cluster").aggregate([("id", "count")])
    sizes = sizes.sort_by([("id_count", "descending"), ("cluster", "ascending")]).slice(0, most)
    members = rows.filter(pc.is_in(rows["cluster"], sizes["cluster"].combine_chunks()))
    texts: dict[str, dict[str, Any]] = {}
    wanted = members["id"].combine_chunks()
    for table in step_tables.chosen(cleaned, lambda ids: pc.is_in(ids, wanted), ["source", "text"]):
        for row in table.to_pylist():
            texts[row["id"]] = {"source": row["source"], "excerpt": row["text"][:EXCERPT]}
    by_cluster: dict[str, list[dict[str, Any]]] = {name: [] for name in sizes["cluster"].to_pylist()}
    for row in members.to_pylist():
        by_cluster[row["cluster"]].append({**row, **texts.get(row["id"], {"source": "", "excerpt": ""})})
    return [
        {
            "cluster": name,
            "documents": len(cluster_rows),
            "members": sorted(
                cluster_rows, key=lambda row: (row["id"] != name, -row["similarity"], row["id"])
            ),
        }
        for name, cluster_rows in by_cluster.items()
    ]


def lines(found: list[dict[str, Any]]) -> list[str]:
    """The document kept, then those dropped for it with their similarity; excerpts are not escaped."""
    said = []
    for cluster in found:
        said.append(f"{cluster['cluster']}  {cluster['documents']:,} documents")
        for row in cluster["members"]:
            fate = "kept" if row["id"] == cluster["cluster"] else f"{row['similarity']:.3f}"
            start = " ".join(row["excerpt"].split())[:90]
            said.append(f"  {fate:<6}{row['id']}  {row['source']:<14} {start}")
    return said or ["no near-duplicates"]
