"""Pages of many kinds with fonts, sizes and margins by a seed, against the text they were typeset from.

The score is 1 − edit distance / longer length, without white space; headers, footers and page numbers are no
part of the text. `python tests/parse/test_page_kinds.py SEEDS` prints the table of `docs/parsing.md`.
"""

import sys
from statistics import mean

import made_pages
import page_kinds
import pytest

# Notes in the margin come before or after the paragraphs beside them; columns within a page that go on on the
# next page are read page by page.
LEAST = {"marginalia": 0.9, "side_by_side": 0.9}
# Where the fault that a kind tests costs few characters.
CLOSE = {
    "equations_at_the_left": 0.985,
    "line_numbers": 0.995,
    "watermark": 0.9995,
    "arabic_with_latin": 0.98,
}
SEEDS = {"narrow_gutter": 3}


@pytest.mark.parametrize("kind", page_kinds.KINDS)
def test_the_text_is_that_of_the_source(parsed, kind):
    typeset = page_kinds.make(kind, SEEDS.get(kind, 1))
    given = parsed(typeset.pdf)
    assert made_pages.accuracy(given.text, typeset.text) >= {**LEAST, **CLOSE}.get(kind, 0.97)
    assert not [problem for problem in given.problems if problem.lost]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 4))
@pytest.mark.parametrize("kind", page_kinds.KINDS)
def test_other_seeds(parsed, kind, seed):
    typeset = page_kinds.make(kind, seed)
    assert made_pages.accuracy(parsed(typeset.pdf).text, typeset.text) >= LEAST.get(kind, 0.95)


SCANNED = ("plain", "two_columns", "chinese_one", "mixed_scripts", "numbered_sections", "title_page")


@pytest.mark.slow
@pytest.mark.parametrize("kind", SCANNED)
def test_scans_of_other_kinds(parsed, kind):
    """Noisy scans at 200 dpi, turned by up to half a degree; the first page only."""
    typeset = page_kinds.first_page(page_kinds.make(kind, 1))
    from rewarm.parse.limits import Limits

    given = parsed(made_pages.scanned(typeset).pdf, limits=Limits(), ocr=True)
    born = parsed(typeset.pdf)
    assert made_pages.accuracy(given.text, born.text) >= 0.93


def main(seeds: int) -> None:
    import tempfile
    from pathlib import Path

    from rewarm.parse.limits import Limits
    from rewarm.parse.parsed import Parsed
    from rewarm.parse.readers import read

    print("| kind | documents | mean | least |\n|---|---|---|---|")
    everything = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.pdf")
        for kind in page_kinds.KINDS:
            scores = []
            for seed in range(seeds):
                typeset = page_kinds.make(kind, seed)
                path.write_bytes(typeset.pdf)
                items = read(path, "pdf", {}, Limits(), lambda position: None)
                text = "\n\n".join(item.text for item in items if isinstance(item, Parsed))
                scores.append(made_pages.accuracy(text, typeset.text))
            everything += scores
            print(f"| {kind} | {len(scores)} | {mean(scores):.3f} | {min(scores):.3f} |")
    print(f"| all | {len(everything)} | {mean(everything):.3f} | {min(everything):.3f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]))
