"""One side of the benchmark of parsing: reads PDFs with one library, in a process of its own.

    python side.py SIDE FILE… > result.json

Prints {file: text} and the CPU-seconds of reading, imports not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def rewarm() -> Callable[[Path], str]:
    from rewarm.parse.limits import Limits
    from rewarm.parse.parsed import Parsed
    from rewarm.parse.readers import read

    def text(path: Path) -> str:
        items = read(path, "pdf", {}, Limits(), lambda position: None)
        return "\n\n".join(item.text for item in items if isinstance(item, Parsed))

    return text


def pypdfium2() -> Callable[[Path], str]:
    import pypdfium2 as library

    def text(path: Path) -> str:
        document = library.PdfDocument(path)
        parts = []
        for page in document:
            textpage = page.get_textpage()
            parts.append(textpage.get_text_range())
            textpage.close()
            page.close()
        document.close()
        return "\n".join(parts)

    return text


def pdf_inspector() -> Callable[[Path], str]:
    import pdf_inspector as library

    return lambda path: str(library.extract_text(str(path)))


def pdf_oxide() -> Callable[[Path], str]:
    import pdf_oxide as library

    def text(path: Path) -> str:
        document = library.PdfDocument(str(path))
        return "\n".join(document.extract_text(page) for page in range(document.page_count()))

    return text


def liteparse() -> Callable[[Path], str]:
    import liteparse as library

    parser: Any = library.LiteParse(ocr_enabled=False)
    return lambda path: str(parser.parse(str(path)).text)


def kreuzberg() -> Callable[[Path], str]:
    import kreuzberg as library

    return lambda path: str(library.extract_file_sync(str(path)).content)


SIDES = {one.__name__: one for one in (rewarm, pypdfium2, pdf_inspector, pdf_oxide, liteparse, kreuzberg)}


def main() -> None:
    text_of = SIDES[sys.argv[1]]()
    files = [Path(name) for name in sys.argv[2:]]
    text_of(files[0])  # what a first call loads
    texts = {}
    began = time.process_time()
    for path in files:
        try:
            texts[path.name] = text_of(path)
        except Exception as error:
            print(f"{path.name}: {type(error).__name__}: {error}", file=sys.stderr)
            texts[path.name] = ""
    seconds = time.process_time() - began
    print(json.dumps({"seconds": seconds, "texts": texts}))


if __name__ == "__main__":
    main()
