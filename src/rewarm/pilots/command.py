"""One call of `rewarm mix pilot`: run a level of a study, read its losses, fit, advise, confirm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rewarm.errors import RewarmError
from rewarm.laws.catalogue import LAWS
from rewarm.laws.law import Law
from rewarm.laws.pilot_files import read_rows
from rewarm.pilots import agreement, confirmation, forecasts, measured, running
from rewarm.pilots.agreement import Agreement
from rewarm.pilots.confirmation import Confirmed
from rewarm.pilots.forecasts import Forecast
from rewarm.pilots.measured import Row
from rewarm.pilots.running import Job
from rewarm.pilots.study import LEVELS, Pilot, Study
from rewarm.pipeline.running import Outcome
from rewarm.runs.run import Run

Tell = Callable[[str, Outcome], None]


@dataclass(frozen=True)
class Request:
    """What is asked of a study. parallel: pilots at a time; confirm: run the advised mix; tolerate, general:
    as for `rewarm mix advise`; forms: of laws to consider."""

    level: str = "full"
    parallel: int = 1
    confirm: bool = False
    tolerate: float = 0.01
    general: tuple[str, ...] = ()
    forms: tuple[Law, ...] = LAWS


@dataclass(frozen=True)
class Studied:
    """forecasts: by rate; chosen: the one that is advised; agreement: with trained mixes of the study."""

    forecasts: list[Forecast]
    chosen: Forecast | None
    confirmed: list[Confirmed] = field(default_factory=list)
    agreement: list[Agreement] = field(default_factory=list)


def jobs(study: Study, pilots: Sequence[Pilot]) -> list[Job]:
    return [Job(study.file, study.folder, pilot.name, study.tokens) for pilot in pilots]


def run(study: Study, request: Request, tell: Tell, note: Callable[[str], None]) -> Studied:
    """Do what is missing of a level and give what it shows. tell: of steps; note: of fits.

    Raises RewarmError for failed pilots, and for a confirmation without advice.
    """
    study.write()
    if request.level == "merged":
        from rewarm.pilots import merged  # loads torch

        rows = merged.rows(study, request.parallel, tell)
    else:
        pilots = study.pilots(request.level)
        _train(study, pilots, request.parallel, tell)
        rows = _rows(study, pilots)
    found = forecasts.forecast(
        study, request.level, rows, request.tolerate, request.general, request.forms, note
    )
    chosen = forecasts.best(found, study.entries[study.domain])
    confirmed: list[Confirmed] = []
    if request.confirm:
        if chosen is None:
            raise RewarmError(f"--confirm: no mix is advised. {found[0].refused}")
        study, pilot, foreseen = confirmation.foresee(study, request.level, chosen)
        study.write()
        _train(study, [pilot], 1, tell)
        confirmed = confirmation.compare(study, pilot, foreseen, _run(study, pilot))
    return Studied(found, chosen, confirmed, _agreement(study, request.level, rows))


def slurm(study: Study, request: Request, tell: Tell, again: str) -> str:
    """An array job of the pilots that are left; their data is prepared here.

    again: the command that reads the results afterwards. Raises RewarmError when none is left.
    """
    study.write()
    if request.level == "merged":
        raise RewarmError("--slurm: merged models need few trainings. Run --level merged on one machine")
    wanted = jobs(study, study.pilots(request.level))
    running.prepare(wanted, tell)
    left = running.pending(wanted)
    if not left:
        raise RewarmError(f"--slurm: all {len(wanted)} pilots are done. Read them with: {again}")
    return running.slurm(left, f"{study.recipe.name}-pilots", again)


def _train(study: Study, pilots: Sequence[Pilot], parallel: int, tell: Tell) -> None:
    wanted = jobs(study, pilots)
    running.prepare(wanted, tell)
    left = running.pending(wanted)
    if left:
        running.run(left, parallel, tell)


def _run(study: Study, pilot: Pilot) -> Run:
    return Run(study.folder / "variants" / pilot.name)


def _rows(study: Study, pilots: Sequence[Pilot]) -> dict[float, list[Row]]:
    """Rows by rate, the base's first."""
    found: dict[float, list[Row]] = {}
    for pilot in pilots:
        run = _run(study, pilot)
        own = found.setdefault(pilot.rate, measured.base_rows(study, run))
        own += measured.of_run(study, pilot, run)
    return found


def _agreement(study: Study, level: str, rows: dict[float, list[Row]]) -> list[Agreement]:
    """Of this level with trained mixes; of the cheap levels with this one where it is `full`."""
    found = []
    for rate, own in rows.items():
        for other in LEVELS:
            path = study.folder / f"{other}-rate{rate:g}.jsonl"
            if other == level or "full" not in (other, level) or not path.exists():
                continue
            cheap, trained = (own, _kept(path)) if other == "full" else (_kept(path), own)
            found += agreement.agreement(level if other == "full" else other, cheap, trained, rate)
    return found


def _kept(path: Path) -> list[Row]:
    return read_rows(path)
