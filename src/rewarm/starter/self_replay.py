"""Text sampled from the base itself, as replay for a team that has no general text.

Samples of a model's own distribution can stand in for what it was trained on (Marek et al. 2026, arXiv
2605.26097: forgetting nearly removed where the model has spare capacity; a base trained close to
saturation forgets all the same). So sampling is plain: temperature 1, no top-k or top-p, from the token
that begins a document. A lower temperature gives cleaner text and replays fewer kinds of it.

Batch `n` is drawn with a seed that follows from `seed` and `n`, and whole batches are appended to the file:
a stopped command resumes at the first batch that is missing. The same seed, version of PyTorch and machine
give the same text.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewarm.engine.progress import progress
from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Sampling:
    """How text is drawn. documents: how many; tokens: most of one; start: text that begins every document,
    None for the tokenizer's own start or end token; openings: texts that documents begin with, in turn;
    batch: documents drawn together."""

    documents: int
    tokens: int = 512
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0
    batch: int = 8
    start: str | None = None
    openings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """documents, tokens: in the file, of earlier calls too; cut: documents that reached `Sampling.tokens`;
    empty: that ended at once; `collect` lists
    them as empty."""

    file: Path
    documents: int
    tokens: int
    cut: int
    empty: int


def write(folder: Path, identity: str, sampling: Sampling, file: Path) -> Written:
    """Sample documents of the base in `folder` into the JSON lines `file`, or continue it.

    identity: the base's, as `model.base.resolve` gives it. A line has `text`, `generated_by` (model and
    settings), `batch`, `tokens`, `cut`.

    Raises RewarmError where the file was drawn from another base or with other settings, or is no such file.
    """
    origin = {"base": identity[:16], **_settings(sampling)}
    rows = _kept(file, origin, sampling.batch)
    batches = -(-sampling.documents // sampling.batch)
    begun = len(rows) // sampling.batch
    if begun < batches:
        file.parent.mkdir(parents=True, exist_ok=True)
        with (
            file.open("a", encoding="utf-8") as out,
            progress("replay", total=sampling.documents, unit="doc", initial=len(rows)) as bar,
        ):
            for number, drawn in _batches(folder, sampling, begun, batches):
                made = [{**row, "batch": number, "generated_by": origin} for row in drawn]
                out.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made))
                out.flush()
                os.fsync(out.fileno())
                rows += made
                bar.update(len(made))
    full = [row for row in rows if row["text"]]
    return Written(
        file, len(full), sum(row["tokens"] for row in full), sum(row["cut"] for row in full),
        len(rows) - len(full),
    )  # fmt: skip


def _settings(sampling: Sampling) -> dict[str, Any]:
    """What changes the text. The number of documents does not, so a file can grow."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(sampling).items()
        if name != "documents"
    }


def _kept(file: Path, origin: dict[str, Any], batch: int) -> list[dict[str, Any]]:
    """The rows of whole batches; what a killed command wrote of another is cut off the file."""
    if not file.exists():
        return []
    rows: list[dict[str, Any]] = []
    ends: list[int] = [0]
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                break
            try:
                row = json.loads(line)
                same = row["generated_by"] == origin
            except (ValueError, KeyError, TypeError):
                raise RewarmError(
                    f"{file}:{len(rows) + 1} was not written by `rewarm replay`; give a new file"
                ) from None
            if not same:
                changed = [key for key in origin if row["generated_by"].get(key) != origin[key]]
                raise RewarmError(
                    f"{file}: was drawn with another {', '.join(changed)}; give a new file or the same "
                    "settings"
                )
            rows.append(row)
            ends.append(ends[-1] + len(line))
    whole = len(rows) // batch * batch
    if ends[whole] < file.stat().st_size:
        os.truncate(file, ends[whole])
    return rows[:whole]


def _batches(
    folder: Path, sampling: Sampling, begun: int, batches: int
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    import torch

    from rewarm.model import pretrained

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = pretrained.model_of(folder).to(device)
    if device == "cuda":
        model = model.to(torch.bfloat16)
    model.eval()
    tokenizer = pretrained.tokenizer_of(folder, padding_side="left")
    first, end = _start(tokenizer, sampling, folder), tokenizer.eos_token_id
    pad = end if end is not None else first[0]
    for number in range(begun, batches):
        opened = [
            _opening(tokenizer, sampling, number * sampling.batch + place) for place in range(sampling.batch)
        ]
        longest = max(map(len, opened)) + len(first)
        ids = torch.full((sampling.batch, longest), pad, device=device)
        seen = torch.zeros_like(ids)
        for row, opening in enumerate(opened):
            given = torch.tensor([*first, *opening], device=device)
            ids[row, longest - len(given) :] = given
            seen[row, longest - len(given) :] = 1
        torch.manual_seed(sampling.seed * 1_000_003 + number)
        with torch.no_grad(), pretrained.quiet():
            out = model.generate(
                input_ids=ids, attention_mask=seen, do_sample=True, temperature=sampling.temperature,
                top_p=sampling.top_p, top_k=0, max_new_tokens=sampling.tokens, pad_token_id=pad,
                eos_token_id=end, num_beams=1, repetition_penalty=1.0,
            )  # fmt: skip
        yield (
            number,
            [
                _row(tokenizer, opening, drawn, end)
                for opening, drawn in zip(opened, out[:, longest:].tolist(), strict=True)
            ],
        )


def _start(tokenizer: "PreTrainedTokenizerBase", sampling: Sampling, folder: Path) -> list[int]:
    if sampling.start is not None:
        ids: list[int] = tokenizer.encode(sampling.start, add_special_tokens=False)
        if not ids:
            raise RewarmError("--start: has no token")
        return ids
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return [token]
    raise RewarmError(f"{folder}: its tokenizer has neither a start nor an end token; give --start")


def _opening(tokenizer: "PreTrainedTokenizerBase", sampling: Sampling, number: int) -> list[int]:
    if not sampling.openings:
        return []
    ids: list[int] = tokenizer.encode(
        sampling.openings[number % len(sampling.openings)], add_special_tokens=False
    )
    return ids


def _row(
    tokenizer: "PreTrainedTokenizerBase", opening: list[int], drawn: list[int], end: int | None
) -> dict[str, Any]:
    length = drawn.index(end) if end is not None and end in drawn else len(drawn)
    ids, cut = [*opening, *drawn[:length]], length == len(drawn)
    text = tokenizer.decode(ids, skip_special_tokens=True).strip()
    return {"text": text, "tokens": len(ids), "cut": cut}


def lines(written: Written) -> list[str]:
    """For a terminal: what was written, and how a recipe reads it."""
    shown = [
        f"written   {written.file}: {written.documents:,} documents, {written.tokens:,} tokens; "
        f"{written.cut:,} were cut at the limit"
        + (f", {written.empty:,} were empty" if written.empty else ""),
        "source    - {name: self, path: " + str(written.file) + ", labels: {task: general}}",
    ]
    if written.documents and written.cut > written.documents / 2:
        shown.append(
            "warning   more than half were cut: the base seldom ends a document; see --start and --tokens"
        )
    return shown
