"""The rules' measures beside their peers: same texts, same rules, processor seconds of one core.

rewarm's compiled pass takes all 60 measures of every text. Plain Python (`data/clean/plain.py`) takes
the same ones and is the definition. datatrove runs its four filters that measure most of the same:
Gopher's quality and repetition, FineWeb and C4; it splits words with spaCy. With words split at white space
instead (its splitter replaced, nothing else), its verdicts are compared with those that `select` gives
from rewarm's measures, rule by rule and text by text. C4's sentences are not: its filter counts NLTK's.

Texts: manuals, statutes, API descriptions or medical pages, and code (`support/corpora.py`); repaired, as
`clean` measures them. Sides take turns. Without datatrove (`--smoke` in the development environment) its
rows are left out.
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from support import corpora, result_table

from rewarm.data.clean import plain
from rewarm.data.clean.counts import measured
from rewarm.data.clean.measures import MEASURES
from rewarm.data.clean.repair import repair
from rewarm.data.select.decide import broken
from rewarm.recipe import Select

SOURCES = ("manuals", "statutes", "medicine", "cloud-api", "code")
# Not timed: what the Chinese families would drop of more than statutes.
CHINESE = ("encyclopedia-zh", "prose-zh", "manuals-zh", "cloud-api-zh")
SMOKE_SOURCES = ("statutes", "countries")
BARS = {"datatrove": 50.0, "plain Python": 2.5}
FAMILIES = ("gopher_quality", "gopher_repetition", "fineweb", "c4")
# Field → datatrove's filter and its argument; a pair where the argument is a list of (size, bound).
RULES: dict[str, dict[str, str | tuple[str, int]]] = {
    "gopher_quality": {
        "min_words": "min_doc_words", "max_words": "max_doc_words",
        "min_mean_word_length": "min_avg_word_length", "max_mean_word_length": "max_avg_word_length",
        "max_bullet_lines": "max_bullet_lines_ratio", "max_ellipsis_lines": "max_ellipsis_lines_ratio",
        "min_alpha_words": "max_non_alpha_words_ratio", "min_stop_words": "min_stop_words",
        "max_hash_ratio+max_ellipsis_ratio": "max_symbol_word_ratio",
    },
    "gopher_repetition": {
        "max_dup_lines": "dup_line_frac", "max_dup_paragraphs": "dup_para_frac",
        "max_dup_line_chars": "dup_line_char_frac", "max_dup_paragraph_chars": "dup_para_char_frac",
        **{f"max_top_{size}gram": ("top_n_grams", size) for size in range(2, 5)},
        **{f"max_dup_{size}gram": ("dup_n_grams", size) for size in range(5, 11)},
    },
    "fineweb": {
        "min_line_punct": "line_punct_thr", "max_short_lines": "short_line_thr",
        "max_line_dup_chars": "char_duplicates_ratio", "max_newline_ratio": "new_line_ratio",
    },
}  # fmt: skip
OFF = {
    "gopher_quality": dict.fromkeys(RULES["gopher_quality"].values()),
    "gopher_repetition": {
        "dup_line_frac": None, "dup_para_frac": None, "dup_line_char_frac": None, "dup_para_char_frac": None,
        "top_n_grams": (), "dup_n_grams": (),
    },
    "fineweb": {
        "line_punct_thr": -1, "short_line_thr": 2, "char_duplicates_ratio": 2, "new_line_ratio": 1e9,
    },
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=float, default=20)
    parser.add_argument("--slice", type=float, default=1, help="MB for datatrove and plain Python")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--record", type=Path, help="write datatrove's verdicts for the tests, and end")
    result_table.smoke_option(parser)
    given = parser.parse_args()
    if given.record:
        record(given.record)
        return
    peers = result_table.installed([("datatrove", "datatrove")])
    if given.smoke:
        given.mb, given.slice, given.repeats = 0.4, 0.05, 1
    sources = corpus(SMOKE_SOURCES if given.smoke else SOURCES, given.mb)
    texts = [text for part in sources.values() for text in part]
    few = first(texts, given.slice)
    sides: dict[str, tuple[Callable[[], Any], list[str]]] = {
        "rewarm": (lambda: in_batches(texts), texts),
        "plain Python": (lambda: [plain.measure(text) for text in few], few),
    }
    measured(few)  # Compiles.
    if "datatrove" in peers:
        sides["datatrove"] = (lambda: [verdicts(few, name) for name in FAMILIES], few)
        verdicts(few[:2], "gopher_quality")  # Loads its splitter.
    rates: dict[str, list[float]] = {side: [] for side in sides}
    for repeat in range(given.repeats):
        for side in sides if repeat % 2 == 0 else reversed(sides):
            call, taken = sides[side]
            began = time.process_time()
            call()
            rates[side].append(size(taken) / (time.process_time() - began))
            print(f"  {side:<14}{rates[side][-1]:8.3g} MB per CPU-second", flush=True)
    own = statistics.median(rates["rewarm"])
    rows = [result_table.row("measures, MB per CPU-second", own)]
    for peer, bar in BARS.items():
        if peer in sides:
            ratio = own / statistics.median(rates[peer])
            rows.append(result_table.row("measures, ratio", ratio, bar, peer=peer))
    compared = first(texts, 4 * given.slice)
    for family in RULES if "datatrove" in peers else ():
        asked, differ = disagreements(compared, family)
        for field, text in differ[:3]:
            print(f"  {family}.{field} differs: {text[:80]!r}")
        name = f"{family}: verdicts that differ of {asked}"
        rows.append(result_table.row(name, len(differ), 0, peer="datatrove", at_most=True, judged=True))
    print(
        f"{os.cpu_count()} cores, one used; {size(texts):.0f} MB, peers {size(few):.1f} MB; "
        + ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", *peers))
    )
    result_table.table("clean", rows)
    print("\nshare of documents that each family would drop at its published bounds")
    for name, part in (sources | corpus(() if given.smoke else CHINESE, given.mb / 2)).items():
        language = corpora.NAMES[name].language
        shares = "  ".join(f"{family} {share:.0%}" for family, share in dropped(part, language).items())
        print(f"{name:<28}{shares}")


def size(texts: list[str]) -> float:
    return sum(len(text.encode("utf-8", "replace")) for text in texts) / 1e6


def first(texts: list[str], mb: float) -> list[str]:
    """Every so many-th text, as many as make `mb`."""
    step = max(1, round(size(texts) / mb))
    return texts[::step]


def corpus(names: tuple[str, ...], mb: float) -> dict[str, list[str]]:
    """Texts by corpus, about as many megabytes of each; of those that are there."""
    there = [name for name in names if name in corpora.NAMES]
    return {name: [repair(text) for text in corpora.sample(name, mb / len(there))] for name in there}


def in_batches(texts: list[str]) -> dict[str, np.ndarray]:
    """Every measure, by batches as `clean` takes them."""
    parts = [measured(texts[start : start + 1024]) for start in range(0, len(texts), 1024)]
    return {name: np.concatenate([part[name] for part in parts]) for name in MEASURES}


def filters() -> dict[str, Any]:
    from datatrove.pipeline import filters

    return {
        "gopher_quality": filters.GopherQualityFilter,
        "gopher_repetition": filters.GopherRepetitionFilter,
        "fineweb": filters.FineWebQualityFilter,
        "c4": filters.C4QualityFilter,
    }


def verdicts(texts: list[str], family: str, **bounds: Any) -> list[bool]:
    """Whether datatrove keeps each text."""
    from datatrove.data import Document

    chosen = filters()[family](**bounds)
    return [chosen.filter(Document(text=text, id=str(number))) is True for number, text in enumerate(texts)]


@contextmanager
def words_at_white_space() -> Iterator[None]:
    """datatrove's filters with its splitter replaced."""
    from datatrove.pipeline.filters import (
        fineweb_quality_filter,
        gopher_quality_filter,
        gopher_repetition_filter,
    )

    modules = (fineweb_quality_filter, gopher_quality_filter, gopher_repetition_filter)
    before = [module.split_into_words for module in modules]
    for module in modules:
        module.split_into_words = lambda text, language=None: text.split()
    try:
        yield
    finally:
        for module, function in zip(modules, before, strict=True):
            module.split_into_words = function


def theirs(texts: list[str], family: str, fields: str, bound: float) -> list[bool]:
    """What datatrove keeps by one rule alone."""
    argument = RULES[family][fields]
    given = {argument[0]: ((argument[1], bound),)} if isinstance(argument, tuple) else {argument: bound}
    return verdicts(texts, family, **OFF[family] | given)


def ours(measures: dict[str, np.ndarray], family: str, fields: str, bound: float) -> list[bool]:
    """What `select` keeps by the same."""
    off: dict[str, Any] = {field: None for field in Select.model_fields if field[:4] in ("min_", "max_")}
    part = (
        dict.fromkeys(Select().model_dump()[family])
        | {"enabled": True}
        | dict.fromkeys(fields.split("+"), bound)
    )
    which, _ = broken(measures, "en", Select(**off).model_dump() | {family: part}, "all")
    return (which < 0).tolist()


def bounds(measures: dict[str, np.ndarray], family: str, fields: str) -> tuple[float, float]:
    """The published bound, and one between the two middle values: about half of the texts on either side."""
    field = fields.split("+")[0]
    distinct = np.unique(measures[field[4:]])
    # Not 0, which switches datatrove's rules off.
    middle = min(len(distinct) - 1, max(1, int(np.searchsorted(distinct, np.median(measures[field[4:]])))))
    return Select().model_dump()[family][field], float(distinct[max(0, middle - 1) : middle + 1].mean())


def columns(texts: list[str]) -> dict[str, np.ndarray]:
    return in_batches(texts) | {"removed_ratio": np.zeros(len(texts))}


def disagreements(texts: list[str], family: str) -> tuple[int, list[tuple[str, str]]]:
    """How often both were asked, and (rule, text) where they differ; words are split at white space."""
    han = columns(texts)["han_ratio"]
    texts = [text for text, share in zip(texts, han, strict=True) if share < 0.3 and text.split()]
    measures = columns(texts)
    asked, found = 0, []
    with words_at_white_space():
        for fields in RULES[family]:
            for bound in bounds(measures, family, fields):
                both = zip(
                    texts,
                    theirs(texts, family, fields, bound),
                    ours(measures, family, fields, bound),
                    strict=True,
                )
                found += [(fields, text) for text, one, other in both if one != other]
                asked += len(texts)
    return asked, found


def record(target: Path) -> None:
    """Texts made by chance, and datatrove's verdicts on them, for the tests."""
    rng = random.Random(0)
    words = [
        "the",
        "of",
        "and",
        "to",
        "that",
        "have",
        "with",
        "be",
        "river",
        "valve",
        "...",
        "#",
        "…",
        "a12",
        "-",
        "3,4",
        "Straße",
        "x==",
        "(see)",
        "word's",
    ]
    texts = []
    for number in range(40):
        few = rng.sample(words, rng.randint(4, len(words)))
        lines = [
            rng.choice(["", "- ", "• ", "  "])
            + " ".join(rng.choices(few, k=rng.randint(1, 14)))
            + rng.choice(["", ".", "...", "!", "…"])
            for _ in range(rng.randint(2, 14))
        ]
        texts.append(
            repair("".join(line + rng.choice(["\n", "\n", "\n\n"]) for line in lines * (1 + number % 3)))
        )
    measures = columns(texts)
    rows = []
    with words_at_white_space():
        for family, rules in RULES.items():
            for fields in rules:
                for bound in bounds(measures, family, fields):
                    kept = theirs(texts, family, fields, bound)
                    rows.append({"family": family, "fields": fields, "bound": bound, "kept": kept})
    made = f"benchmarks/clean.py --record, datatrove {version('datatrove')}"
    target.write_text(
        json.dumps({"made": made, "texts": texts, "verdicts": rows}, ensure_ascii=False, indent=0)
    )


def dropped(texts: list[str], language: str) -> dict[str, float]:
    """Family → share of these texts that it alone would drop."""
    measures = columns(texts)
    config = Select().model_dump()
    families = [
        name
        for name, part in config.items()
        if isinstance(part, dict) and name not in ("refinedweb", "attributes")
    ]
    found = {"basic": float((broken(measures, language, config, "basic")[0] >= 0).mean())}
    for family in families:
        off = {name: value if isinstance(value, dict) else None for name, value in config.items()}
        off["warn_share"] = config["warn_share"]
        which, _ = broken(measures, language, off | {family: config[family] | {"enabled": True}}, "all")
        found[family] = float((which >= 0).mean())
    return found


if __name__ == "__main__":
    main()
