"""What the start of some files of a source gave, and what follows from it for all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from rewarm.corpus.io.streams import without_compression
from rewarm.data.collect.origins import Origin
from rewarm.data.collect.records import Fault
from rewarm.pipeline.preflight.sampled_provenance import SampledProvenance

# Texts that are kept to count tokens in, their characters, and how much of one.
_TEXTS, _CHARACTERS, _OF_ONE = 64, 2**17, 8192


@dataclass
class Tally:
    """stored: bytes as stored; text: UTF-8 bytes of the texts in them; records: how many these are."""

    stored: float = 0
    text: int = 0
    records: int = 0


@dataclass
class Sample:
    """of: what was read, by the ending of the files' names: a PDF of one megabyte holds less text than JSON
    lines of one megabyte; whole: everything was read."""

    of: dict[str, Tally] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    first_fault: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    provenance: SampledProvenance = field(default_factory=SampledProvenance)

    @property
    def records(self) -> int:
        """Records that were read."""
        return sum(tally.records for tally in self.of.values())

    def stored(self, origin: Origin, size: float) -> None:
        """Note that `size` stored bytes of a file were read."""
        self._tally(origin).stored += size

    def text(self, origin: Origin, text: str) -> None:
        """Add a record's text."""
        tally = self._tally(origin)
        tally.records += 1
        tally.text += len(text.encode("utf-8", "replace"))
        if len(self.texts) < _TEXTS and sum(map(len, self.texts)) < _CHARACTERS:
            self.texts.append(text[:_OF_ONE])

    def fault(self, origin: Origin, fault: Fault) -> None:
        """Add what could not be read. origin: the file, or the archive that it is in."""
        self.faults[fault.reason] += 1
        at = f"{origin.place}:{fault.position}" if fault.position else origin.place
        self.first_fault.setdefault(fault.reason, f"{at}: {fault.detail}")

    def estimate(self, files: Iterable[Origin]) -> tuple[float, float]:
        """Bytes of text and records in these files. An ending that was not sampled counts as the whole
        sample; nothing where nothing was read."""
        known = {ending: tally for ending, tally in self.of.items() if tally.stored}
        stored = sum(tally.stored for tally in known.values())
        if not stored:
            return 0.0, 0.0
        whole = Tally(
            stored, sum(one.text for one in known.values()), sum(one.records for one in known.values())
        )
        text = records = 0.0
        for origin in files:
            tally = known.get(_ending(origin), whole)
            text += origin.size * tally.text / tally.stored
            records += origin.size * tally.records / tally.stored
        return text, records

    def _tally(self, origin: Origin) -> Tally:
        return self.of.setdefault(_ending(origin), Tally())


def _ending(origin: Origin) -> str:
    """`.jsonl.gz` of `a/b.1.jsonl.gz`: what says how densely text is stored."""
    name = origin.name.lower()
    plain = without_compression(name)
    return PurePosixPath(plain).suffix + name[len(plain) :]
