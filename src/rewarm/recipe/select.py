"""Settings of the step `select`: the bounds of each family of rules, and whose numbers they are.

A field `min_X` or `max_X` is a bound on the measure X of `clean/attributes`; null switches it off.
"""

from typing import Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Part, Share

Bound = int | float | None


class GopherQuality(Part):
    """Rae et al. 2021, 2112.11446, appendix A.1.1; for text with spaces between words."""

    enabled: bool = False
    """Off: made for web pages; of references and statutes it drops what is good."""
    min_words: Bound = 50
    """Words that are not punctuation alone."""
    max_words: Bound = 100_000
    """The same; longer documents are dropped."""
    min_mean_word_length: Bound = 3
    """Characters per word."""
    max_mean_word_length: Bound = 10
    """The same; longer words are code or garbage."""
    max_hash_ratio: Bound = 0.1
    """Signs # for each word."""
    max_ellipsis_ratio: Bound = 0.1
    """Ellipses for each word."""
    max_bullet_lines: Bound = 0.9
    """Share of lines that begin with a bullet or a hyphen."""
    max_ellipsis_lines: Bound = 0.3
    """Share of lines that end in an ellipsis."""
    min_alpha_words: Bound = 0.8
    """Share of words with at least one letter."""
    min_stop_words: Bound = 2
    """Of the, be, to, of, and, that, have, with; for sources whose language is en or not named."""


class GopherRepetition(Part):
    """Rae et al. 2021, 2112.11446, table A1; n-grams for text with spaces between words."""

    enabled: bool = False
    """Apply these bounds. Off: made for web pages."""
    max_dup_lines: Bound = 0.3
    """Lines that repeat an earlier line, as a share of lines."""
    max_dup_paragraphs: Bound = 0.3
    """Paragraphs that repeat an earlier one, as a share of paragraphs."""
    max_dup_line_chars: Bound = 0.2
    """Share of characters in lines that repeat an earlier line."""
    max_dup_paragraph_chars: Bound = 0.2
    """Share of characters in paragraphs that repeat an earlier one."""
    max_top_2gram: Bound = 0.2
    """Share of characters in the most frequent run of 2 words."""
    max_top_3gram: Bound = 0.18
    """Share of characters in the most frequent run of 3 words."""
    max_top_4gram: Bound = 0.16
    """Share of characters in the most frequent run of 4 words."""
    max_dup_5gram: Bound = 0.15
    """Share of characters in runs of 5 words that stand earlier in the text."""
    max_dup_6gram: Bound = 0.14
    """Share of characters in runs of 6 words that stand earlier in the text."""
    max_dup_7gram: Bound = 0.13
    """Share of characters in runs of 7 words that stand earlier in the text."""
    max_dup_8gram: Bound = 0.12
    """Share of characters in runs of 8 words that stand earlier in the text."""
    max_dup_9gram: Bound = 0.11
    """Share of characters in runs of 9 words that stand earlier in the text."""
    max_dup_10gram: Bound = 0.1
    """Share of characters in runs of 10 words that stand earlier in the text."""


class C4(Part):
    """Raffel et al. 2020, 1910.10683, section 2.2; its rules on lines are in `clean.lines.c4`."""

    enabled: bool = False
    """Apply these bounds. Off: made for web pages."""
    min_sentences: Bound = 5
    """Sentences, by the marks that end them."""
    max_curly_brackets: Bound = 0
    """Opening curly brackets: source code."""


class FineWeb(Part):
    """Penedo et al. 2024, 2406.17557, section 3.5; the new-line ratio as datatrove has it."""

    enabled: bool = False
    """Apply these bounds. Off: made for web pages."""
    min_line_punct: Bound = 0.12
    """Share of lines that end in a mark that ends a sentence."""
    max_short_lines: Bound = 0.67
    """Share of lines of at most 30 characters."""
    max_line_dup_chars: Bound = 0.01
    """Share of characters in lines that repeat an earlier line, line ends not counted."""
    max_newline_ratio: Bound = 0.3
    """Line ends for each word."""


class RefinedWeb(Part):
    """Penedo et al. 2023, 2306.01116, appendix G.2: a page of which the line rules took too much."""

    enabled: bool = False
    """Apply these bounds. Off: made for web pages."""
    max_removed_ratio: Bound = 0.05
    """Share of the text that the line rules of `clean` removed."""


class ChineseWeb(Part):
    """ChineseWebText (2311.01149, section 3.2), for Chinese: by label, else with 30 % of Han characters."""

    enabled: bool = False
    """Apply these bounds. Off: made for web pages in Chinese."""
    min_chars: Bound = 200
    """Characters of the document."""
    min_mean_line_chars: Bound = 10
    """Characters per line."""
    min_han_ratio: Bound = 0.3
    """Han characters, as a share of those that are not white space."""
    max_dup_13gram: Bound = 0.5
    """Share of characters in runs of 13 that stand earlier in the text."""


class MapCC(Part):
    """MAP-CC, for Chinese: Du et al. 2024, 2404.04167, with the numbers of its code (Chinese-Tiny-LLM,
    filter/filter.py). That code calls its rules on repeats, but never drops by them; here they drop.
    """

    enabled: bool = False
    """Apply these bounds. Off: made for web pages in Chinese."""
    min_chars: Bound = 50
    """Characters of the document."""
    max_chars: Bound = 10_000
    """The same; longer documents are dropped."""
    min_sentence_parts: Bound = 2
    """Between 。！？ . ! ? … ; ； and quotes."""
    max_hash_runs: Bound = 0.1
    """Runs of #, as a share of characters; so are the next."""
    max_ellipsis_runs: Bound = 0.1
    """Runs of …, and of two full stops or more."""
    max_bracket_ratio: Bound = 0.1
    """Characters between 【 and 】."""
    max_digit_ratio: Bound = 0.3
    """Digits among what is no punctuation: letters, digits, white space."""
    max_readmore_lines: Bound = 0.3
    """Lines that end in readmore, 展开, 更多 or 。。。"""
    max_list_lines: Bound = 0.9
    """Lines that begin with one of •●○■□▪▫※·➢‣▶◀◦–."""
    min_punctuation: Bound = 1
    """Marks; theirs is a share above 0, which is one mark."""
    min_unique_chars: Bound = 0.1
    """Distinct characters among all: a long text has fewer, whatever it says."""
    min_char_entropy: Bound = 3
    """Nats a character, from how often each stands."""
    max_top_2chars: Bound = 0.2
    """Share of characters in the most frequent run of 2."""
    max_top_3chars: Bound = 0.18
    """Share of characters in the most frequent run of 3."""
    max_top_4chars: Bound = 0.16
    """Share of characters in the most frequent run of 4."""
    max_dup_5chars: Bound = 0.6
    """Share of characters in runs of 5 that stand earlier in the text."""
    max_dup_6chars: Bound = 0.6
    """Share of characters in runs of 6 that stand earlier in the text."""
    max_dup_7chars: Bound = 0.6
    """Share of characters in runs of 7 that stand earlier in the text."""
    max_dup_8chars: Bound = 0.6
    """Share of characters in runs of 8 that stand earlier in the text."""
    max_dup_9chars: Bound = 0.6
    """Share of characters in runs of 9 that stand earlier in the text."""
    max_dup_10chars: Bound = 0.6
    """Share of characters in runs of 10 that stand earlier in the text."""


class FineWeb2Chinese(Part):
    """FineWeb-2 for Chinese: Penedo et al. 2025, 2506.20920; huggingface/fineweb-2, configs/cmn_Hani.yml, and
    fineweb-2-pipeline.py for what holds in all languages (bullets, ellipses, characters in repeated lines).
    Its words are jieba's; here each character is one.
    """

    enabled: bool = False
    """Apply these bounds. Off: made for web pages in Chinese."""
    max_dup_lines: Bound = 0.287
    """Lines that repeat an earlier line, as a share of lines."""
    max_top_2chars: Bound = 0.256
    """Share of characters in the most frequent run of 2."""
    max_top_3chars: Bound = 0.201
    """Share of characters in the most frequent run of 3."""
    max_top_4chars: Bound = 0.171
    """Share of characters in the most frequent run of 4."""
    max_dup_5chars: Bound = 0.198
    """Share of characters in runs of 5 that stand earlier in the text."""
    max_dup_6chars: Bound = 0.182
    """Share of characters in runs of 6 that stand earlier in the text."""
    max_dup_7chars: Bound = 0.167
    """Share of characters in runs of 7 that stand earlier in the text."""
    max_dup_8chars: Bound = 0.154
    """Share of characters in runs of 8 that stand earlier in the text."""
    max_dup_9chars: Bound = 0.14
    """Share of characters in runs of 9 that stand earlier in the text."""
    max_dup_10chars: Bound = 0.127
    """Share of characters in runs of 10 that stand earlier in the text."""
    min_line_punct: Bound = 0.106
    """Share of lines that end in a mark that ends a sentence."""
    max_line_dup_chars: Bound = 0.1
    """Share of characters in lines that repeat an earlier line, line ends not counted."""
    max_newline_chars: Bound = 0.178
    """New lines for each character; theirs for each word."""
    max_bullet_lines: Bound = 0.9
    """Share of lines that begin with a bullet or a hyphen."""
    max_ellipsis_lines: Bound = 0.3
    """Share of lines that end in an ellipsis."""
    min_letter_ratio: Bound = 0.735
    """Characters that are letters, Han included; theirs are words with a letter."""
    min_chinese_stop_words: Bound = 2
    """Distinct ones of 的年在月是和日了於·為有被人中为他與後也而由."""


class RootsChinese(Part):
    """ROOTS for Chinese: Laurençon et al. 2023, 2303.03915; bigscience-workshop/data-preparation,
    parameters_filtering.py and filtering.py. Its lists of words and its models have no counterpart here.
    """

    enabled: bool = False
    """Apply these bounds. Off: made for web pages in Chinese."""
    max_special_ratio: Bound = 0.3
    """Characters that are no letters, white space included; theirs is a list that has 一 and 上 besides."""
    max_frequent_3chars: Bound = 0.2
    """Runs of 3 characters that are among the most frequent; theirs have white space in them."""
    max_repeated_5chars: Bound = 0.96
    """Runs of 5 characters that stand more than once; theirs are of SentencePiece's pieces."""


class ChineseC4(Part):
    """Chinese C4 (shjwudp/c4-dataset-script, Chinese/filter_out_bad_lines.py): more than 5 good lines. Its
    rule on lines is `clean.lines.chinese_c4`; its list of bad words is not included.
    """

    enabled: bool = False
    """Apply these bounds. Off: made for web pages in Chinese."""
    min_sentence_lines: Bound = 6
    """Lines of 5 to 500 characters that end in a mark of a sentence and hold no garbled character."""


class Mnbvc(Part):
    """MNBVC's rules for web pages (wiki.mnbvc.org, sjqx); its rule on paragraphs is `clean.lines.mnbvc`."""

    enabled: bool = False
    """Apply these bounds. Off: made for web pages in Chinese."""
    min_han_ratio: Bound = 0.7
    """Han characters, as a share of those that are not white space."""


class AttributeBounds(Part):
    """At least one of two bounds, both inclusive."""

    min: Bound = None
    """Documents with a smaller value are dropped."""
    max: Bound = None
    """Documents with a larger value are dropped."""

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        return self


class Select(Part):
    """Which documents stay, by the measures that `clean` took; changing a bound measures nothing again."""

    min_chars: Bound = Field(20, ge=0)
    """Shorter texts teach templates; FineWeb and Gopher drop them too (by words)."""
    max_symbol_ratio: Share | None = 0.35
    """Characters that are no letters, digits, spaces or common punctuation: tables and dumps."""
    min_letter_ratio: Share | None = 0.3
    """Letters (CJK included) among non-space characters; Gopher asks for 80 % of words with a letter."""
    max_url_ratio: Share | None = 0.5
    """Share of characters inside URLs: link lists."""
    max_dup_line_chars: Share | None = 0.5
    """Share of characters in lines that repeat an earlier line. By characters, since brackets and one-word
    lines repeat in good code and tables (Gopher, table A1: 0.20, and 0.30 by lines)."""
    max_format_ratio: Share | None = 0.7
    """Share of characters in lines of tables, JSON, markup and rules: much of it costs general ability."""
    gopher_quality: GopherQuality = GopherQuality()
    gopher_repetition: GopherRepetition = GopherRepetition()
    c4: C4 = C4()
    fineweb: FineWeb = FineWeb()
    refinedweb: RefinedWeb = RefinedWeb()
    chinese_web: ChineseWeb = ChineseWeb()
    map_cc: MapCC = MapCC()
    fineweb2_chinese: FineWeb2Chinese = FineWeb2Chinese()
    roots_chinese: RootsChinese = RootsChinese()
    chinese_c4: ChineseC4 = ChineseC4()
    mnbvc: Mnbvc = Mnbvc()
    attributes: dict[str, AttributeBounds] = {}
    """Bounds on attributes by name: every measure that `clean` takes, and what other steps write beside the
    documents. A document about which a step wrote nothing breaks no bound."""
    warn_share: Share = 0.2
    """A rule that takes more of a source than this is named while it runs: rules for web pages misread
    statutes and references."""
