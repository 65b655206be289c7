"""Answers of a Hugging Face model to a file of prompts, greedily and in batches.

Prompts are answered in the order of their length, longest first, so that a batch has little padding and a
machine too small for them says so at once. Whole batches are appended to the file: a stopped command goes on
at the first one that is missing, with the same batches, since padding changes the last bits of a logit.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewarm.engine.progress import progress
from rewarm.errors import RewarmError
from rewarm.evaluate.duels.json_lines import identity, require_texts, rows

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_FIELDS = ("id", "prompt", "labels", "answer", "answers")


@dataclass(frozen=True)
class Generation:
    """tokens: most of an answer; batch: prompts answered together; template: use the tokenizer's chat
    template where it has one."""

    tokens: int = 512
    batch: int = 8
    template: bool = True


@dataclass(frozen=True)
class Written:
    """answers: in the file; cut: that reached the limit of tokens; empty: without text; template: whether a
    chat template was used."""

    file: Path
    answers: int
    cut: int
    empty: int
    template: bool


@dataclass(frozen=True)
class _Prompt:
    row: dict[str, Any]
    ids: list[int]


def write(folder: Path, name: str, prompts: Path, out: Path, generation: Generation) -> Written:
    """Answer all prompts into the JSON lines `out`, or go on with it.

    A line has `id`, `prompt`, `answer`, `labels`, `cut`, `generated_by`. name: the model's, as `generated_by`
    names it. Raises RewarmError for a prompt that is too long for the model, and where `out` was written by
    another model, for other prompts or with other settings.
    """
    from rewarm.model import pretrained

    tokenizer = pretrained.tokenizer_of(folder, padding_side="left")
    template = generation.template and bool(tokenizer.chat_template)
    waiting = _encoded(prompts, tokenizer, template)
    _check_lengths(waiting, folder, prompts, generation)
    origin = {"model": name, "template": template, "tokens": generation.tokens, "batch": generation.batch}
    done = _kept(out, origin, waiting, generation.batch)
    if len(done) < len(waiting):
        out.parent.mkdir(parents=True, exist_ok=True)
        with (
            out.open("a", encoding="utf-8") as file,
            progress("answer", total=len(waiting), unit="prompt", initial=len(done)) as bar,
        ):
            for batch in _batches(folder, tokenizer, waiting[len(done) :], generation):
                file.write(
                    "".join(
                        json.dumps({**row, "generated_by": origin}, ensure_ascii=False) + "\n"
                        for row in batch
                    )
                )
                file.flush()
                os.fsync(file.fileno())
                done += batch
                bar.update(len(batch))
    empty = sum(not row["answer"] for row in done)
    return Written(out, len(done), sum(row["cut"] for row in done), empty, template)


def _encoded(path: Path, tokenizer: "PreTrainedTokenizerBase", template: bool) -> list[_Prompt]:
    found: dict[str, _Prompt] = {}
    for number, row in rows(path):
        where = f"{path}:{number}"
        key = identity(row, _FIELDS, where)
        require_texts({"prompt": row.get("prompt")}, where)
        if key in found:
            raise RewarmError(f"{where}  id: {key!r} is given twice; keep one line a prompt")
        kept = {"id": key, "prompt": row["prompt"], "labels": row.get("labels") or {}}
        if template:
            text = tokenizer.apply_chat_template(
                [{"role": "user", "content": row["prompt"]}], tokenize=False, add_generation_prompt=True
            )
            ids = tokenizer.encode(text, add_special_tokens=False)
        else:
            ids = tokenizer.encode(row["prompt"])
        if not ids:
            raise RewarmError(f"{where}  prompt: {row['prompt']!r} has no token; leave the line out")
        found[key] = _Prompt(kept, ids)
    if not found:
        raise RewarmError(f"{path}: has no prompts")
    return sorted(found.values(), key=lambda prompt: (-len(prompt.ids), prompt.row["id"]))


def _check_lengths(waiting: list[_Prompt], folder: Path, path: Path, generation: Generation) -> None:
    from rewarm.model import pretrained

    config = pretrained.config_of(folder).get_text_config()
    most = getattr(config, "max_position_embeddings", None)
    longest = waiting[0]
    if most is not None and len(longest.ids) + generation.tokens > most:
        raise RewarmError(
            f"{path}: prompt {longest.row['id']!r} has {len(longest.ids):,} tokens, and with "
            f"{generation.tokens:,} of the answer more than the {most:,} positions of {folder}. Shorten it, "
            "or lower --tokens"
        )


def _kept(out: Path, origin: dict[str, Any], waiting: list[_Prompt], batch: int) -> list[dict[str, Any]]:
    """The rows of whole batches that an earlier call wrote; a part of one is cut off the file."""
    if not out.exists():
        return []
    kept: list[dict[str, Any]] = []
    ends = [0]
    with out.open("rb") as lines:
        for number, line in enumerate(lines):
            if not line.endswith(b"\n"):
                break
            try:
                row = json.loads(line)
                before = row["generated_by"]
                same = number < len(waiting) and all(
                    row[key] == waiting[number].row[key] for key in ("id", "prompt")
                )
                changed = [key for key in origin if before.get(key) != origin[key]]
            except (ValueError, KeyError, TypeError, AttributeError):
                raise RewarmError(
                    f"{out}:{number + 1}  was not written by `rewarm duel answer`; give a new file"
                ) from None
            if changed or not same:
                what = f"another {', '.join(changed)}" if changed else "other prompts"
                raise RewarmError(f"{out}:{number + 1}  was written with {what}; give a new file")
            kept.append(row)
            ends.append(ends[-1] + len(line))
    whole = len(kept) if len(kept) == len(waiting) else len(kept) // batch * batch
    if ends[whole] < out.stat().st_size:
        os.truncate(out, ends[whole])
    return kept[:whole]


def _batches(
    folder: Path, tokenizer: "PreTrainedTokenizerBase", waiting: list[_Prompt], generation: Generation
) -> Iterator[list[dict[str, Any]]]:
    import torch

    from rewarm.model import pretrained

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = pretrained.model_of(folder).to(device)
    if device == "cuda":
        model = model.to(torch.bfloat16)
    model.eval()
    ends = _ends(model, tokenizer)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else min(ends, default=0)
    for first in range(0, len(waiting), generation.batch):
        batch = waiting[first : first + generation.batch]
        longest = len(batch[0].ids)
        ids = torch.full((len(batch), longest), pad, device=device)
        seen = torch.zeros_like(ids)
        for row, prompt in enumerate(batch):
            ids[row, longest - len(prompt.ids) :] = torch.tensor(prompt.ids, device=device)
            seen[row, longest - len(prompt.ids) :] = 1
        with torch.no_grad(), pretrained.quiet():
            # Penalties and sampling that the model's own settings may name are off.
            out = model.generate(
                input_ids=ids, attention_mask=seen, do_sample=False, num_beams=1, repetition_penalty=1.0,
                max_new_tokens=generation.tokens, pad_token_id=pad, eos_token_id=sorted(ends) or None,
            )  # fmt: skip
        yield [
            _row(tokenizer, prompt, drawn, ends)
            for prompt, drawn in zip(batch, out[:, longest:].tolist(), strict=True)
        ]


def _ends(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> set[int]:
    """Tokens that end an answer: of chat models often another than the tokenizer's."""
    named = getattr(model.generation_config, "eos_token_id", None)
    listed = named if isinstance(named, list) else [named]
    return {token for token in (*listed, tokenizer.eos_token_id) if token is not None}


def _row(
    tokenizer: "PreTrainedTokenizerBase", prompt: _Prompt, drawn: list[int], ends: set[int]
) -> dict[str, Any]:
    length = next((place for place, token in enumerate(drawn) if token in ends), len(drawn))
    text = tokenizer.decode(drawn[:length], skip_special_tokens=True).strip()
    return {**prompt.row, "answer": text, "cut": length == len(drawn)}


def lines(written: Written) -> list[str]:
    """For a terminal."""
    form = "with the chat template" if written.template else "without a chat template"
    told = [
        f"written   {written.file}: {written.answers:,} answers, {form}; {written.cut:,} reached --tokens"
        + (f", {written.empty:,} are empty" if written.empty else "")
    ]
    if written.cut > written.answers / 2:
        told.append("warning   more than half were cut: raise --tokens, or the model seldom ends an answer")
    return told


def plain(written: Written) -> dict[str, Any]:
    """For programs."""
    return {**asdict(written), "file": str(written.file)}
