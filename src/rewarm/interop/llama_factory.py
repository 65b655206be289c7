"""Documents of a stage as a LLaMA-Factory data set for `stage: pt`: JSON lines and dataset_info.json.

Text and not tokens: LLaMA-Factory's `tokenized_path` is an Arrow directory of the `datasets` library
for which it ignores every other data setting, and its collator for `pt` makes the labels anew from
the tokens, so neither the borders of packed documents nor masks would survive. As text a data set can
be mixed with others and works with any cut-off length; the price is that it is tokenised again.

LLaMA-Factory adds the end token to each text itself. Texts are decoded from the blocks' tokens, so what
was cropped stays cropped; every text is encoded again as LLaMA-Factory does it, and those that give
other tokens are counted.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.interop.packed_stage import PackedStage
from rewarm.interop.whole_documents import WholeDocument, whole_documents
from rewarm.model import base
from rewarm.runs.run import Run

_BATCH = 256


def size(stage: PackedStage) -> int:
    """About how many bytes `write` will need on disk: text, escapes, and the other columns."""
    return round(1.1 * stage.text_bytes) + 250 * stage.segments


def write(stage: PackedStage, folder: Path, *, learn_masked: bool = False) -> dict[str, int]:
    """NAME.jsonl, one document a line in training order: text, channel (the source), labels, id.

    Returns counts: documents, tokens (of the blocks), retokenized (documents whose text gives other
    tokens), masked (tokens that carry loss there although they were to carry none).
    Raises RewarmError when the base model's tokenizer is not found, and for masks unless `learn_masked`.
    """
    rust, start = _tokenizer(stage.run)
    axes = list(dict.fromkeys(axis for leaf in stage.leaves for axis in leaf.labels))
    # Every line has every axis: readers infer one schema from the first lines.
    labels = [{axis: leaf.labels.get(axis, "") for axis in axes} for leaf in stage.leaves]
    counts = {"documents": 0, "tokens": 0, "retokenized": 0, "masked": 0}
    with (
        writing(folder / f"{stage.name}.jsonl") as aside,
        aside.open("wb", buffering=2**20) as file,
        progress("llama-factory", total=stage.tokens, unit="tok", scale=True) as bar,
    ):
        documents = whole_documents(stage.blocks, stage.end)
        for batch in _batches(documents):
            tokens = [_inner(document, start) for document in batch]
            texts = rust.decode_batch(tokens, skip_special_tokens=False)
            again = rust.encode_batch_fast(texts, add_special_tokens=False)
            for document, inner, text, encoded in zip(batch, tokens, texts, again, strict=True):
                document.refuse_masks(stage.name, learn_masked)
                leaf = stage.leaves[document.leaf]
                row: dict[str, Any] = {
                    "text": text,
                    "channel": leaf.source,
                    "id": document.document,
                }
                file.write(
                    orjson.dumps({**row, **({"labels": labels[document.leaf]} if axes else {})}) + b"\n"
                )
                counts["documents"] += 1
                counts["tokens"] += len(document.tokens)
                counts["retokenized"] += encoded.ids != inner
                counts["masked"] += document.masked
                bar.update(len(document.tokens))
    return counts


def write_info(stages: list[PackedStage], folder: Path) -> None:
    """dataset_info.json: an entry RUN_STAGE for each stage."""
    name = stages[0].run.record.name or "rewarm"
    info = {
        f"{name}_{stage.name}": {"file_name": f"{stage.name}.jsonl", "columns": {"prompt": "text"}}
        for stage in stages
    }
    with writing(folder / "dataset_info.json") as aside:
        aside.write_text(json.dumps(info, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _batches(documents: Iterator[WholeDocument]) -> Iterator[list[WholeDocument]]:
    while batch := list(islice(documents, _BATCH)):
        yield batch


def _inner(document: WholeDocument, start: int | None) -> list[int]:
    """The text's own tokens: without start and end token."""
    tokens: list[int] = document.tokens.tolist()
    begin = 1 if start is not None and tokens[0] == start else 0
    return tokens[begin : len(tokens) - document.ended]


def _tokenizer(run: Run) -> tuple[Any, int | None]:
    """The Rust tokenizer of the run's base, and its start token."""
    from transformers import AutoTokenizer

    folder = run.path / "model"
    if not folder.is_dir():
        folder = base.resolve(run.recipe["model"], Path(run.record.recipe_file).parent).path
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise RewarmError(f"{folder}: its tokenizer does not load: {reason}") from error
    rust = tokenizer.backend_tokenizer
    rust.no_truncation()
    rust.no_padding()
    return rust, tokenizer.bos_token_id
