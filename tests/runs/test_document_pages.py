"""From tokens of the last text to pages of the file, when texts changed in between."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables import documents
from rewarm.corpus.tables.pages import Writer
from rewarm.parse.parsed import Page
from rewarm.runs.document_pages import pages
from rewarm.runs.step_tables import StepFolder

WORDS = "rent tenant notice court 合同 当事人 party clause délai payment".split()  # noqa: SIM905


def step(folder: Path, name: str, *inputs: StepFolder) -> StepFolder:
    (folder / name).mkdir(parents=True)
    made = StepFolder(name, folder / name, inputs)
    made.__dict__["lost"] = frozenset()
    return made


def write(made: StepFolder, text: str) -> None:
    (made.path / "documents").mkdir()
    row = {"id": "a", "text": text, "source": "s", "origin": "a.pdf", "labels": [], "meta": "", "masks": []}
    pq.write_table(pa.Table.from_pylist([row], schema=documents.SCHEMA), made.path / "documents/0.parquet")


@pytest.fixture
def original() -> list[str]:
    """The texts of twelve pages."""
    rng = random.Random(4)
    return [f"Page {number}: " + " ".join(rng.choices(WORDS, k=200)) + ".\n\n" for number in range(1, 13)]


def world(folder: Path, original: list[str], last: str) -> dict[str, StepFolder]:
    """Steps whose tokens are bytes."""
    collect = step(folder, "collect")
    write(collect, "".join(original))
    writer = Writer(collect.path / "pages/0.parquet")
    ends = np.cumsum([0, *map(len, original)])
    writer.add("a", [Page(at + 1, int(ends[at]), int(ends[at + 1])) for at in range(len(original))])
    writer.close()
    trim = step(folder, "trim", collect)
    write(trim, last)
    tokenize = step(folder, "tokenize", trim)
    np.save(tokenize.path / "token_bytes.npy", np.ones(256, np.uint16))
    (tokenize.path / "tokens").mkdir()
    table = pa.table({"id": ["a"], "tokens": [list(last.encode())]})
    with (
        pa.OSFile(str(tokenize.path / "tokens/0.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as out,
    ):
        out.write_table(table)
    return {one.name: one for one in (collect, trim, tokenize)}


def test_every_part_is_on_its_page(tmp_path: Path, original: list[str]) -> None:
    # A third of page 2 went, page 5 grew, and a name became a longer one everywhere.
    changed = list(original)
    changed[1] = changed[1][: len(changed[1]) * 2 // 3]
    changed[4] = changed[4] * 3
    last = "".join(changed).replace("tenant", "inhabitant")
    steps = world(tmp_path, original, last)
    for number in range(1, 13):
        at = last.index(f"Page {number}: ")
        first = len(last[: at + 5].encode())
        assert pages(steps, {"a": [(first, 60)]}) == {("a", first): str(number)}


def test_a_part_over_a_page_s_end_names_both(tmp_path: Path, original: list[str]) -> None:
    last = "".join(original)
    steps = world(tmp_path, original, last)
    first = len(last[: last.index("Page 7: ") - 300].encode())
    assert pages(steps, {"a": [(first, 900)]}) == {("a", first): "6–7"}


def test_without_collects_documents_the_share_of_the_text_decides(
    tmp_path: Path, original: list[str]
) -> None:
    last = "".join(original)
    steps = world(tmp_path, original, last)
    (tmp_path / "collect/documents/0.parquet").unlink()
    (tmp_path / "collect/documents").rmdir()
    first = len(last[: last.index("Page 9: ") + 400].encode())
    assert pages(steps, {"a": [(first, 30)]}) == {("a", first): "9"}


def test_documents_without_pages_are_left_out(tmp_path: Path, original: list[str]) -> None:
    steps = world(tmp_path, original, "".join(original))
    assert pages(steps, {"b": [(0, 10)]}) == {}
    assert pages({}, {"a": [(0, 10)]}) == {}
