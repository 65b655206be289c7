"""SQLite: the rows of a query are the records. The file is opened read-only and never locked.

Rows of a program that still writes lie in a file beside it (`-wal`): then both are copied and read there.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rewarm.data.collect import records
from rewarm.data.collect.records import Fault, Item
from rewarm.text import encoding


def read(path: Path, text: str, query: str) -> Iterator[Item]:
    """Records by row of the query's result, from 1. text: the column."""
    if not path.stat().st_size:
        yield Fault("", "parse.empty_file", "no content")
        return
    number = 0
    try:
        with _still(path) as still, closing(sqlite3.connect(still, uri=True)) as database:
            database.text_factory = _text
            cursor = database.execute(query)
            names = [column[0] for column in cursor.description or ()]
            if text not in (*names, records.WHOLE):
                yield Fault(
                    "", "parse.field", f"the query gives no column '{text}'; it gives {', '.join(names)}"
                )
                return
            for row in cursor:
                number += 1
                yield records.of(dict(zip(names, row, strict=True)), text, None, str(number))
    except sqlite3.Error as error:
        yield Fault(str(number or ""), "parse.sqlite", f"{error}, after row {number} of: {query}")


@contextmanager
def _still(path: Path) -> Iterator[str]:
    """A URI of the database as it stands, with what was not written into its file yet."""
    ahead = path.with_name(f"{path.name}-wal")
    if not (ahead.is_file() and ahead.stat().st_size):
        yield f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        return
    with TemporaryDirectory(prefix="rewarm-sqlite-") as folder:
        copy = Path(folder, "copy.db")
        shutil.copyfile(ahead, f"{copy}-wal")
        shutil.copyfile(path, copy)
        yield copy.as_uri()


def _text(data: bytes) -> str:
    try:
        return encoding.decode(data)[0]
    except UnicodeError:
        return data.decode("utf-8", "replace")
