"""The answer of `rewarm models`: candidates from the catalogue, what can be measured here, and advice.

Only a measurement imports torch, so that a question about the catalogue is answered at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewarm.engine.durations import duration
from rewarm.errors import RewarmError
from rewarm.model import base
from rewarm.plan import advice, choose, models, named_base, own_text
from rewarm.plan.advice import Advice, Situation
from rewarm.plan.choose import Ranking, Wish
from rewarm.plan.fertility import Fertility, fertility
from rewarm.plan.figure import big
from rewarm.plan.own_text import OwnText
from rewarm.text.scripts import script

if TYPE_CHECKING:
    from rewarm.evaluate.bases import Measured

# Scripts of one language among those of the catalogue; Latin and Arabic letters are shared by many.
_LANGUAGE = {"han": "zh", "kana": "ja", "hangul": "ko", "thai": "th", "devanagari": "hi"}


@dataclass(frozen=True, slots=True)
class Asked:
    """wish: of the command line; base, teacher: named models; text, general: own and general text; local:
    folders whose tokenizers are tried; loss: models to measure; sample, cut: texts, and bytes of each."""

    wish: Wish
    base: str = ""
    teacher: str = ""
    text: Path | None = None
    general: Path | None = None
    local: Sequence[str] = ()
    loss: Sequence[str] = ()
    sample: int = 200
    cut: int = 2048


@dataclass(frozen=True, slots=True)
class Answer:
    """fertilities: model → on the own text; measured: the best first; notes: warnings, samples."""

    wish: Wish
    ranking: Ranking
    advice: list[Advice]
    fertilities: dict[str, Fertility] = field(default_factory=dict)
    measured: "list[Measured]" = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def lines(self, top: int, why: bool, everything: bool) -> list[str]:
        """For the terminal. top: candidates shown; why: with reasons and sources; everything: also those
        left out, and why."""
        left_out = self.ranking.left_out if everything else {}
        return [
            *_candidates(self.ranking, top, why),
            *(f"left out  {model:<42}{reason}" for model, reason in left_out.items()),
            *_fertilities(self.fertilities),
            *_measured(self.measured),
            *advice.lines(self.advice, why),
            *(f"note: {note}" for note in self.notes),
        ]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": 1,
            "language": self.wish.language or None,
            "candidates": [choice.plain() for choice in self.ranking.choices],
            "left_out": self.ranking.left_out,
            "fertility": {
                name: {
                    "tokens": one.tokens, "bytes": one.size, "bytes_per_token": one.bytes_per_token,
                    "tokens_per": "word" if one.spaced else "character", "fertility": one.per_word,
                }
                for name, one in self.fertilities.items()
            },
            "measured": [one.plain() for one in self.measured],
            "advice": advice.plain(self.advice),
            "notes": self.notes,
        }  # fmt: skip


def answer(asked: Asked) -> Answer:
    """Rank the catalogue, measure what is on this machine, and answer the first questions.

    Raises RewarmError for text or a model that is not found, and for a language or domain that no entry has.
    """
    notes: list[str] = []
    own = _own(asked.text, asked, notes)
    wish = _with_language(asked.wish, own, notes)
    ranking = choose.rank(wish)
    if not ranking.choices:
        notes.append("no listed model fits; --all names why each was left out")
    if asked.base:
        notes += named_base.base_warnings(asked.base)
        listed = models.find(asked.base)
        if listed:
            notes += [f"{asked.base}: {warning}" for warning in choose.warnings(listed)]
    if asked.teacher:
        notes += named_base.teacher_warnings(asked.base, asked.teacher)
    fertilities = _fertility(asked, own, ranking, notes) if own else {}
    measured: list[Measured] = []
    if asked.loss:
        from rewarm.evaluate import bases

        if own is None:
            raise RewarmError("--loss needs --text, the text to measure on")
        general = _own(asked.general, asked, notes)
        measured = bases.compare(asked.loss, own.texts, general.texts if general else ())
        notes += [note for name in asked.loss for note in named_base.base_warnings(name)]
        ranking = choose.by_loss(ranking, {one.model: one.bits for one in measured})
    if not asked.base and ranking.choices:
        first = ranking.choices[0].model.id
        notes.append(f"the answers are for {first}, the first candidate; --base names another")
    return Answer(wish, ranking, _advice(asked, wish, ranking, measured), fertilities, measured, notes)


def _own(path: Path | None, asked: Asked, notes: list[str]) -> OwnText | None:
    if path is None:
        return None
    found = own_text.read(path, asked.sample, asked.cut)
    size = sum(len(text.encode()) for text in found.texts)
    notes.append(
        f"{path}: {len(found.texts):,} of {found.found:,} texts, cut to {asked.cut:,} bytes, {size:,} in all"
    )
    notes += [f"{name}: {count:,} records without text were left out" for name, count in found.faults.items()]
    return found


def _with_language(wish: Wish, own: OwnText | None, notes: list[str]) -> Wish:
    known = models.languages()
    if wish.language and wish.language not in known:
        raise RewarmError(f"--language: {wish.language!r} is in no entry; known are {', '.join(known)}")
    if not wish.language and own:
        guessed = _LANGUAGE.get(script("".join(own.texts)), "")
        if guessed:
            notes.append(f"language {guessed}, from the script of the text; --language overrides it")
            return replace(wish, language=guessed)
    return wish


def _fertility(asked: Asked, own: OwnText, ranking: Ranking, notes: list[str]) -> dict[str, Fertility]:
    """Of every candidate in the hub's cache, and of the folders that were named."""
    from rewarm.evaluate import bases
    from rewarm.model import pretrained

    here = Path.cwd()
    places = {name: bases.folder_of(name) for name in (*asked.local, *asked.loss)}
    for choice in ranking.choices:
        folder = base.at_hand(choice.model.id, here)
        if folder is not None:
            places.setdefault(choice.model.id, folder)
    if not places:
        notes.append("no tokenizer of a candidate is on this machine: --local FOLDER measures another")
    found = {name: fertility(pretrained.tokenizer_of(folder), own.texts) for name, folder in places.items()}
    notes += [
        f"{name}: {one.per_word:.2f} tokens per character: its vocabulary hardly knows this script; prefer a "
        "native base to new vocabulary, whose embeddings need tens of billions of tokens"
        for name, one in found.items()
        if one.poor
    ]
    return dict(sorted(found.items(), key=lambda item: -item[1].bytes_per_token))


def _advice(asked: Asked, wish: Wish, ranking: Ranking, measured: "list[Measured]") -> list[Advice]:
    listed = models.find(asked.base) if asked.base else None
    if listed is None and asked.base:
        listed = named_base.base_of(asked.base)
    if listed is None and not asked.base and ranking.choices:
        listed = ranking.choices[0].model
    chosen = next((one for one in measured if one.model == asked.base), measured[0] if measured else None)
    return advice.advise(
        Situation(
            tokens=wish.tokens,
            chat=named_base.is_chat(asked.base) if asked.base else None,
            model=listed.shapes() if listed else None,
            card=wish.card,
            cards=wish.cards,
            seq_len=wish.seq_len,
            domain_bits=chosen.bits if chosen else None,
            general_bits=chosen.general if chosen else None,
        )
    )


def _candidates(ranking: Ranking, top: int, why: bool) -> list[str]:
    shown = [f"{'base':<40}{'size':>7}{'context':>9}{'points':>8}   training"]
    for choice in ranking.choices[:top]:
        model = choice.model
        way = choice.way.words() if choice.way else "-"
        time = f", {duration(choice.days * 86400)}" if choice.days is not None else ""
        shown.append(
            f"{model.id:<40}{big(model.parameters):>7}{model.context:>9,}{choice.points:>8.1f}   {way}{time}"
        )
        if why:
            shown += [f"    {reason.points:+6.1f}  {reason.words}" for reason in choice.reasons]
            shown += [f"    pilot {choice.pilot or 'none'}; teacher or judge {choice.teacher or 'none'}"]
            shown += [f"    note: {warning}" for warning in choice.warnings]
    hidden = len(ranking.choices) - top
    left = len(ranking.left_out)
    shown.append(f"{max(0, hidden)} more candidates, {left} left out")
    return shown


def _fertilities(found: dict[str, Fertility]) -> list[str]:
    if not found:
        return []
    unit = "word" if next(iter(found.values())).spaced else "character"
    shown = [f"{'tokenizer':<40}{'bytes per token':>16}{f'tokens per {unit}':>22}"]
    for name, one in found.items():
        shown.append(f"{_short(name):<40}{one.bytes_per_token:>16.2f}{one.per_word:>22.2f}")
    return shown


def _measured(found: "list[Measured]") -> list[str]:
    if not found:
        return []
    shown = [f"{'measured on your text':<40}{'bits per byte':>14}   against the best"]
    return [*shown, *(f"{_short(one.model):<40}{one.bits:>14.3f}   {one.words()}" for one in found)]


def _short(name: str) -> str:
    """The last part of a path or package, for a table."""
    return name if len(name) < 40 else name.rstrip("/").rpartition("/")[2][:39]
