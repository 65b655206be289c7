"""Texts of the benchmark: passages of real corpora, and what the causes do to them.

The odd documents of the small base's corpora are its training text, the even ones are in runs. Each half
of the seeds has other corpora, so rules that are set on one half are reported on texts they never had.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from support import corpora
from support.passages import passage
from support.smoke import SMOKE

PASSAGE_BYTES = 600
KNOWN_PASSAGES = 8 if SMOKE else 48
# For machines without the shared folder of corpora.
_INSTEAD = {
    "prose-zh": "cloud-api-zh", "encyclopedia-zh": "cloud-api-zh", "medicine": "encyclopedia",
    "mathematics": "encyclopedia-fr", "problems": "encyclopedia", "manuals-zh": "cloud-api-zh",
}  # fmt: skip
# Corpus → share of the small base's training tokens. `checksums` and `known` are made below.
BASE = {"manuals": 0.33, "prose-zh": 0.29, "code": 0.26, "checksums": 0.04, "known": 0.08}


@dataclass(frozen=True)
class Half:
    """Corpora of half of the seeds. domain, general: of clean runs, the general ones from the base's mix;
    same: of the base's mix, given as domain; new: not of the mix, given as general; known: memorised by the
    base; records: of the texts in JSON and in instructions; garble, checksum: how they are made."""

    domain: str
    general: tuple[str, str]
    same: str
    new: str
    known: str
    records: str
    garble: str
    checksum: str


HALVES = {
    "setting": Half(
        domain="statutes", general=("manuals", "code"), same="prose-zh", new="mathematics", known="cloud-api",
        records="manuals", garble="utf-8 as latin-1", checksum="sha256",
    ),
    "reporting": Half(
        domain="problems", general=("prose-zh", "code"), same="manuals", new="encyclopedia-fr",
        known="medicine", records="code", garble="replacement characters", checksum="md5",
    ),
}  # fmt: skip

# Of SmolLM2, which has read English, code and mathematics of the web, and little else.
LARGE_HALVES = {
    "setting": Half(
        domain="statutes", general=("encyclopedia", "code"), same="encyclopedia", new="encyclopedia-fr",
        known="cloud-api", records="manuals", garble="utf-8 as latin-1", checksum="sha256",
    ),
    "reporting": Half(
        domain="mathematics", general=("medicine", "code"), same="encyclopedia", new="manuals-zh",
        known="manuals", records="code", garble="replacement characters", checksum="md5",
    ),
}  # fmt: skip


def available(name: str) -> str:
    """The corpus, or the one that stands in for it on this machine."""
    return name if name in corpora.NAMES else _INSTEAD[name]


def base_texts(name: str) -> list[str]:
    """Training text of the base from one entry of `BASE`."""
    rng = random.Random(name)
    if name == "checksums":
        return [text for kind in ("sha256", "md5") for text in checksums(kind, 400, rng)]
    return [passage(text, 6000, rng) for text in _documents(available(name))[1::2]]


def known(half: Half) -> list[str]:
    """Passages that the base has read many times."""
    name = available(half.known)
    return passages(name, KNOWN_PASSAGES, random.Random(f"known {name}"))


def passages(name: str, count: int, rng: random.Random) -> list[str]:
    """Short passages of a corpus, of documents that the base was not trained on."""
    name = available(name)
    texts = _documents(name)[::2]
    return [passage(texts[number % len(texts)], PASSAGE_BYTES, rng)
            for number in rng.sample(range(max(count, len(texts))), count)]  # fmt: skip


def unseen(name: str, seen: list[str], most: int, rng: random.Random) -> list[str]:
    """Up to `most` passages of documents that hold none of the passages `seen`."""
    documents = _documents(available(name))[::2]
    own = [text for text in documents if not any(one in text for one in seen)]
    return [passage(text, PASSAGE_BYTES, rng) for text in rng.sample(own, min(most, len(own)))]


@cache
def _documents(name: str) -> list[str]:
    return [text for text in islice(corpora.texts(name), 60 if SMOKE else 1200) if len(text.encode()) >= 200]


def checksums(kind: str, count: int, rng: random.Random) -> list[str]:
    """Lists of digests: text of a known form whose loss cannot fall."""

    def digest() -> str:
        return hashlib.new(kind, rng.randbytes(16)).hexdigest()

    return ["\n".join(digest() for _ in range(PASSAGE_BYTES // (65 if kind == "sha256" else 33)))
            for _ in range(count)]  # fmt: skip


def garbled(texts: list[str], how: str, rng: random.Random) -> list[str]:
    """Texts as a wrong decoding leaves them: every third one, or a few characters of all."""
    if how == "utf-8 as latin-1":
        return [text if number % 3 else text.encode().decode("latin-1") for number, text in enumerate(texts)]

    def broken(found: re.Match[str]) -> str:
        return "\ufffd" if rng.random() < 0.1 else found[0]

    return [re.sub(r"[^\x00-\x7f]|[aeiou](?=[a-z])", broken, text) for text in texts]


def templated(texts: list[str], rng: random.Random) -> list[str]:
    """A frame of lines of one text around a line of each other text."""
    frame = _lines(max(texts, key=len))
    half = len(frame) // 2
    return ["\n".join([*frame[:half], rng.choice(_lines(text)), *frame[half:]]) for text in texts]


def repeated(texts: list[str], count: int) -> list[str]:
    """Each text many times, in turn."""
    return [texts[number % len(texts)] for number in range(count)]


def records(texts: list[str], shape: str, rng: random.Random) -> Iterator[str]:
    """Lines of texts as strict JSON objects, several a document."""
    for text in texts:
        lines = _lines(text)
        found = []
        for number, line in enumerate(lines[:6]):
            if shape == "manuals":
                found.append({"id": rng.randrange(10**6), "type": "line", "position": number,
                              "value": line[:60], "valid": rng.random() < 0.5})  # fmt: skip
            else:
                about = {"source": "import", "row": rng.randrange(1000)}
                tags = ["a", "b"][: rng.randrange(3)]
                found.append({"meta": about, "text": line[:60], "tags": tags, "score": rng.randrange(100)})
        yield json.dumps(found, ensure_ascii=False, indent=1 if shape == "manuals" else None)


def instructions(texts: list[str], shape: str) -> Iterator[str]:
    """Texts as turns of a conversation: the first half of a text is the request, the second the answer."""
    for text in texts:
        lines = _lines(text)
        half = max(1, len(lines) // 2)
        asked, answered = "\n".join(lines[:half])[:250], "\n".join(lines[half:])[:250]
        if shape == "manuals":
            yield (
                "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nContinue this "
                f"text:\n{asked}<|im_end|>\n<|im_start|>assistant\n{answered}<|im_end|>"
            )
        else:
            yield (
                "Below is an instruction that describes a task. Write a response that appropriately "
                f"completes the request.\n\n### Instruction:\nContinue: {asked}\n\n### Response:\n{answered}"
            )


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"\n+", text) if line.strip()] or [text]
