"""Tables of synthetic documents: where each came from, its questions, and what was rejected.

`synthesize` writes them; the SFT export reads them.
"""

import pyarrow as pa

# The passage of a document, and what the teacher was asked to make of it.
_ASKED = [
    ("origin", pa.string()),
    ("passage", pa.int32()),
    ("source", pa.string()),
    ("mode", pa.string()),
    ("prompt", pa.string()),
    ("sample", pa.int32()),
]
# What an output has in common with its passage; see `checks` in the recipe.
_MEASURES = [("kept", pa.float64()), ("on_topic", pa.float64()), ("novelty", pa.float64())]

ORIGINS = pa.schema(
    [
        ("id", pa.string()),
        *_ASKED,
        ("focus", pa.string()),
        ("template", pa.string()),
        ("teacher", pa.string()),
        ("answer", pa.string()),
        ("chars", pa.int64()),
        *_MEASURES,
        ("facts_before", pa.float64()),
        ("facts_after", pa.float64()),
    ]
)

QUESTIONS = pa.schema(
    [
        ("id", pa.string()),
        ("number", pa.int32()),
        ("question", pa.string()),
        ("answer", pa.string()),
        ("kind", pa.string()),
        # Repeats what is masked in the origin, as surrogates of personal data.
        ("masked", pa.bool_()),
        ("focus", pa.string()),
    ]
)

REJECTED = pa.schema(
    [
        *_ASKED,
        ("teacher", pa.string()),
        ("answer", pa.string()),
        ("reason", pa.string()),
        ("text", pa.string()),
        *_MEASURES,
    ]
)
