"""The names of all measures: those that kernels fill into a row, and those in plain Python.

`top_2gram` and its like are of words; `dup_13gram`, `top_2chars` and its like are of characters, white
space left out.
"""

from collections.abc import Callable

# In the order of a row; kernels find their columns by name.
MEASURES = (
    "chars", "letter_ratio", "symbol_ratio", "url_ratio", "format_ratio", "han_ratio",
    "words", "mean_word_length", "hash_ratio", "ellipsis_ratio", "bullet_lines", "ellipsis_lines",
    "alpha_words", "stop_words", "dup_paragraphs", "dup_paragraph_chars", "dup_lines", "dup_line_chars",
    "top_2gram", "top_3gram", "top_4gram", "dup_5gram", "dup_6gram", "dup_7gram", "dup_8gram", "dup_9gram",
    "dup_10gram", "line_punct", "short_lines", "line_dup_chars", "newline_ratio", "sentences",
    "curly_brackets", "mean_line_chars", "dup_13gram",
    # Of characters.
    "sentence_parts", "hash_runs", "ellipsis_runs", "bracket_ratio", "digit_ratio", "punctuation",
    "unique_chars", "char_entropy", "special_ratio", "newline_chars", "chinese_stop_words",
    # Of lines.
    "readmore_lines", "list_lines", "sentence_lines",
    # Of runs of characters; `top_` and `dup_` of a kind follow each other by size.
    "top_2chars", "top_3chars", "top_4chars", "dup_5chars", "dup_6chars", "dup_7chars", "dup_8chars",
    "dup_9chars", "dup_10chars", "frequent_3chars", "repeated_5chars",
)  # fmt: skip

# Measures in plain Python: name → function of a text. Slower by far, and as good to `select`.
PLAIN: dict[str, Callable[[str], float]] = {}

# What the step `clean` writes beside the documents.
COLUMNS = (*MEASURES, *PLAIN, "removed_ratio", "quality")
