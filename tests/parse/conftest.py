from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile import QUICK

from rewarm.parse import kinds
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Item, Member, Parsed, Problem
from rewarm.parse.read import read_file
from rewarm.parse.reading import Reading


class Given:
    """What a file gave, by kind of item."""

    def __init__(self, items: list[Item]) -> None:
        self.documents = [item for item in items if isinstance(item, Parsed)]
        self.problems = [item for item in items if isinstance(item, Problem)]
        self.members = [item for item in items if isinstance(item, Member)]

    @property
    def text(self) -> str:
        assert len(self.documents) == 1, self.problems
        (one,) = self.documents
        return one.text

    @property
    def reasons(self) -> list[str]:
        return [problem.reason for problem in self.problems]


@pytest.fixture
def parsed(tmp_path: Path) -> Callable[..., Given]:
    """Parse bytes as a file of this name, in a sandbox."""

    def parse(
        data: bytes, name: str = "file", *, limits: Limits = QUICK, ocr: bool = False, **chosen: Any
    ) -> Given:
        path = tmp_path / name
        path.write_bytes(data)
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        kind = kinds.of_file(path)
        reading = Reading.of_plain({"ocr": ocr, **chosen})
        items = read_file(path, kind, limits, scratch=scratch, name=name, reading=reading)
        return Given(list(items))

    return parse
