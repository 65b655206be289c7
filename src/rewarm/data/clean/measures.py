"""The names of all measures, in the order in which the kernels fill a row."""

MEASURES = (
    "chars", "letter_ratio", "symbol_ratio", "url_ratio", "format_ratio", "han_ratio",
    "words", "mean_word_length", "hash_ratio", "ellipsis_ratio", "bullet_lines", "ellipsis_lines",
    "alpha_words", "stop_words", "dup_paragraphs", "dup_paragraph_chars", "dup_lines", "dup_line_chars",
    "top_2gram", "top_3gram", "top_4gram", "dup_5gram", "dup_6gram", "dup_7gram", "dup_8gram", "dup_9gram",
    "dup_10gram", "line_punct", "short_lines", "line_dup_chars", "newline_ratio", "sentences",
    "curly_brackets", "mean_line_chars", "dup_13gram",
)  # fmt: skip
