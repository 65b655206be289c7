"""Personal data: what the search damages on public corpora, what it finds, how fast it is.

    python benchmarks/personal_data.py                 every corpus, names switched on
    python benchmarks/personal_data.py --smoke         0.05 MB of each, seconds
    python benchmarks/personal_data.py --unjudged FILE findings that nobody has judged, for reading
    python benchmarks/personal_data.py --judge FILE    take in the file with t or f before each line

Every finding counts as false unless `personal/judged.txt.gz` says that somebody read it and it is
what its type says: a person's name, a reachable number. The list holds hashes of corpus, context and
value and no text. Recall is measured on the labelled sentences of `tests/data/redact`. Speed is UTF-8
megabytes per CPU-second of this process over an equal mix of all corpora.
"""

import argparse
import gzip
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from personal.texts import KINDS, corpora
from support import result_table

from rewarm.pii import TYPES, Finding, find

HERE = Path(__file__).parent
JUDGED = HERE / "personal/judged.txt.gz"
TYPES_ON = tuple(kind for kind in TYPES if kind not in ("ip", "mac"))
STRUCTURED = tuple(kind for kind in TYPES_ON if kind != "name")
# False findings per MB that are let pass, names and structured values; None is only reported.
BARS: dict[str, tuple[float | None, float | None]] = {
    "reference": (0.5, 0.5),
    "people": (5.0, None),
    "history": (None, None),
    "records": (None, None),
}
_CONTEXT = 20
RECALL = {"zh": 0.90, "unseen_zh": 0.90, "en": 0.88, "unseen_en": 0.88}
SPEED = {"names on": 3.0, "structured only": 10.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mb", type=float, default=2.0, help="megabytes of each corpus")
    parser.add_argument("--only", default="", help="a part of a corpus's name")
    result_table.smoke_option(parser)
    parser.add_argument("--unjudged", type=Path)
    parser.add_argument("--judge", type=Path)
    asked = parser.parse_args()
    if asked.judge:
        judge(asked.judge)
        return
    chosen = {name: texts for name, texts in corpora(0.05 if asked.smoke else asked.mb) if asked.only in name}
    if asked.unjudged:
        write_unjudged(chosen, asked.unjudged)
        return
    rows = [row for name, texts in chosen.items() for row in harm(name, texts)]
    if not asked.only:
        rows += [*recall(), *speed(chosen)]
    result_table.table("personal_data", rows)


def findings(corpus: str, texts: list[str]) -> Iterator[tuple[str, str, Finding]]:
    """Hash, text and place of everything found."""
    for text in texts:
        for item in find(text, TYPES_ON):
            yield key(corpus, text, item), text, item


def key(corpus: str, text: str, item: Finding) -> str:
    """What a judgement is filed under: corpus, value and what stands around it."""
    parts = (
        corpus,
        text[max(0, item.start - _CONTEXT) : item.start],
        text[item.start : item.end],
        text[item.end : item.end + _CONTEXT],
    )
    return hashlib.blake2b("\0".join(parts).encode(errors="replace"), digest_size=6).hexdigest()


def judged() -> dict[str, bool]:
    if not JUDGED.exists():
        return {}
    with gzip.open(JUDGED, "rt") as lines:
        return {line[1:-1]: line[0] == "t" for line in lines}


def harm(corpus: str, texts: list[str]) -> list[result_table.Row]:
    """False findings of a corpus per megabyte, names and structured values apart."""
    known = judged()
    megabytes = sum(len(text.encode(errors="replace")) for text in texts) / 1e6
    found, false, open_ = Counter[bool](), Counter[bool](), Counter[bool]()
    for hash_, _, item in findings(corpus, texts):
        found[item.type == "name"] += 1
        open_[item.type == "name"] += hash_ not in known
        false[item.type == "name"] += not known.get(hash_, False)
    bars = BARS[KINDS[corpus]]
    made = []
    for is_name, what, bar in ((True, "names", bars[0]), (False, "structured", bars[1])):
        rate = false[is_name] / megabytes
        note = f"{found[is_name] / megabytes:.1f} found" + (
            f", {open_[is_name]} unread" * bool(open_[is_name])
        )
        made.append(result_table.row(f"{corpus}: false {what}/MB ({note})", rate, bar, at_most=True))
    return made


def recall() -> list[result_table.Row]:
    """Share of labelled values that findings cover, by set of sentences."""
    sys.path.insert(0, str(HERE.parent / "tests/data/redact"))
    from measure import measure, rows

    made = []
    for language, bar in RECALL.items():
        counts = measure(rows(language))
        names = counts.pop("name")
        made.append(result_table.row(f"{language}: recall of names", names["met"] / names["labelled"], bar))
        made.append(
            result_table.row(f"{language}: precision of names", names["right"] / names["found"], None)
        )
        met, labelled = (sum(count.get(part, 0) for count in counts.values()) for part in ("met", "labelled"))
        made.append(result_table.row(f"{language}: recall of structured values", met / labelled))
    return made


def speed(chosen: dict[str, list[str]]) -> list[result_table.Row]:
    """MB per CPU-second, the same bytes of every corpus, names on and structured types only."""
    mixed: list[str] = []
    for texts in chosen.values():
        size = 0
        for text in texts:
            if size < 300_000:
                mixed.append(text[:20_000])
                size += len(mixed[-1].encode(errors="replace"))
    megabytes = sum(len(text.encode(errors="replace")) for text in mixed) / 1e6
    find("Lists are read at the first question: 姓名：王小明。 Mr. Smith")
    made = []
    for what, types in (("names on", TYPES_ON), ("structured only", STRUCTURED)):
        began = time.process_time()
        for text in mixed:
            find(text, types)
        rate = megabytes / (time.process_time() - began)
        made.append(result_table.row(f"MB per CPU-second, {what}", rate, SPEED[what]))
    return made


def write_unjudged(chosen: dict[str, list[str]], path: Path) -> None:
    """One line a finding: a dot to be replaced by t or f, hash, corpus, type, value, context."""
    known = judged()
    seen = set()
    with path.open("w") as out:
        for corpus, texts in chosen.items():
            for hash_, text, item in findings(corpus, texts):
                if hash_ in known or hash_ in seen:
                    continue
                seen.add(hash_)
                left, right = text[max(0, item.start - _CONTEXT) : item.start], text[item.end :][:_CONTEXT]
                shown = f"{left}⟦{text[item.start : item.end]}⟧{right}".replace("\n", "⏎").replace("\t", " ")
                out.write(f".\t{hash_}\t{corpus}\t{item.type}\t{shown}\n")


def judge(path: Path) -> None:
    """Add the lines that begin with t or f to the list."""
    known = judged()
    for line in path.read_text().splitlines():
        verdict, hash_ = line.split("\t")[:2]
        if verdict in ("t", "f"):
            known[hash_] = verdict == "t"
    with gzip.GzipFile(JUDGED, "wb", mtime=0) as out:
        out.write(
            "".join(f"{'t' if true else 'f'}{hash_}\n" for hash_, true in sorted(known.items())).encode()
        )


if __name__ == "__main__":
    main()
