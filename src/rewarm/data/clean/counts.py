"""The values of every rule in a few passes over code points, compiled; `plain.py` says the same in Python.

Words are runs between white space, lines end at `\\n`, paragraphs at an empty line. Everything is
linear in the text: repeats are found by hashes of lines, words and runs of words (64 bits: two of a
million differ in vain once in 10^7 documents).
"""

import numpy as np

from rewarm.data.clean.character_counts import measure_characters, room
from rewarm.data.clean.character_runs import measure_character_runs
from rewarm.data.clean.line_counts import measure_lines
from rewarm.data.clean.measures import MEASURES, PLAIN
from rewarm.data.clean.word_counts import measure_words
from rewarm.text.characters import code_points, flags
from rewarm.text.kernel import kernel

# Columns of a row.
_HAN_RATIO = MEASURES.index("han_ratio")


def measured(texts: list[str]) -> dict[str, np.ndarray]:
    """Measure → float64 [texts]: those of the kernels, then those in plain Python."""
    codes, offsets = code_points(texts)
    values = np.empty((len(texts), len(MEASURES)))
    measure_all(codes, offsets, flags(), values)
    plain = {name: np.array([measure(text) for text in texts], float) for name, measure in PLAIN.items()}
    return dict(zip(MEASURES, values.T, strict=True)) | plain


@kernel
def measure_all(codes: np.ndarray, offsets: np.ndarray, flags: np.ndarray, out: np.ndarray) -> None:
    """out: float64 [documents, measures], filled in the order of `MEASURES`."""
    often, distinct = room()
    for document in range(len(offsets) - 1):
        text = codes[offsets[document] : offsets[document + 1]]
        row = out[document]
        row[:] = 0.0
        measure_characters(text, flags, row, often, distinct)
        measure_lines(text, flags, row)
        measure_words(text, flags, row)
        # Only where a rule for Chinese can ask.
        if row[_HAN_RATIO] > 0:
            measure_character_runs(text, flags, row)
