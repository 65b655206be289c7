"""datatrove's chain of the same stages, with the CPU-seconds of each.

Every stage reads the JSON lines as they are, so that what an earlier one drops does not make a
later one faster; reading is measured alone and is part of the first stage. One task, one worker.
"""

from pathlib import Path

from pipelines.rewarm_side import Seconds

BANDS, ROWS, GRAM = 14, 8, 5


def run(corpus: Path, tokenizer: Path, out: Path) -> dict[str, float]:
    """Stage → CPU-seconds."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline import dedup, filters
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.dedup.sentence_dedup import SentDedupConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.tokens import DocumentTokenizer
    from datatrove.pipeline.writers import JsonlWriter

    seconds = Seconds()
    texts = str(corpus / "texts")

    def stage(name: str, *pipeline: object, tasks: int = 1) -> None:
        logs = str(out / "logs" / str(len(list(out.glob("logs/*")))))
        with seconds.of(name):
            LocalPipelineExecutor(list(pipeline), tasks=tasks, workers=1, logging_dir=logs).run()

    def folder(name: str) -> str:
        return str(out / name)

    out.mkdir(parents=True, exist_ok=True)
    stage(
        "rules",
        JsonlReader(texts),
        filters.GopherRepetitionFilter(),
        filters.GopherQualityFilter(),
        filters.FineWebQualityFilter(),
        JsonlWriter(folder("kept")),
    )
    config = MinhashConfig(n_grams=GRAM, num_buckets=BANDS, hashes_per_bucket=ROWS)
    near, sentences = "near-duplicates", "sentences"
    stage(near, JsonlReader(texts), dedup.MinhashDedupSignature(folder("sig"), config=config))
    stage(near, dedup.MinhashDedupBuckets(folder("sig"), folder("buckets"), config=config), tasks=BANDS)
    stage(near, dedup.MinhashDedupCluster(folder("buckets"), folder("remove"), config=config))
    stage(near, JsonlReader(texts), dedup.MinhashDedupFilter(folder("remove")), JsonlWriter(folder("once")))
    spans = SentDedupConfig(n_sentences=3, split_sentences=True, only_dedup_in_index=False)
    stage(sentences, JsonlReader(texts), dedup.SentenceDedupSignature(folder("sentences"), config=spans))
    stage(sentences, dedup.SentenceFindDedups(folder("sentences"), folder("found"), config=spans))
    stage(
        sentences,
        JsonlReader(texts),
        dedup.SentenceDedupFilter(folder("found"), config=spans),
        JsonlWriter(folder("cut")),
    )
    stage(
        "tokenize",
        JsonlReader(texts),
        DocumentTokenizer(folder("tokens"), tokenizer_name_or_path=str(tokenizer / "tokenizer.json")),
    )
    seconds.found.pop("between", None)
    return dict(seconds.found)
