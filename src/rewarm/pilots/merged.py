"""Merged models as pilots: one component model for each entry of the mix, combined in a mix's proportions.

    merged(mix) = base + sum_i share_i (component_i - base)

(MergeMix, arXiv 2601.17858; DeMix, arXiv 2602.00747.) Components are trained from the base at the constant
rate and the tokens of a pilot, on one entry alone. As many mixes as wanted then cost a forward pass over the
held-out documents each. A merged model is a proxy: it ranks mixes, and its losses are not those of a trained
mix (`agreement`). The error is second order in the change of the weights, so it grows with rate and tokens.

Each component has its own run directory with only the sources of its entry: when one source changes, only its
component is trained again. The price: near-duplicates between entries are not removed.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate import run_heldout
from rewarm.merge.combination import combine
from rewarm.pilots import measured, running
from rewarm.pilots.measured import Row
from rewarm.pilots.running import Job
from rewarm.pilots.study import STAGE, Pilot, Study, schedule
from rewarm.pipeline.running import Outcome
from rewarm.recipe import selectors
from rewarm.runs.run import Run


def rows(study: Study, parallel: int, tell: Callable[[str, Outcome], None]) -> dict[float, list[Row]]:
    """Train the components that are missing, merge and measure; rows by rate, the base's first."""
    jobs = [job for entry in range(len(study.entries)) for job in _components(study, entry)]
    left = running.pending(jobs)
    if left:
        running.prepare(left, tell)
        running.run(left, parallel, tell)
    run = _measured_on(study, tell)
    found: dict[float, list[Row]] = {}
    pilots = study.pilots("merged")
    with progress("merged", total=len(pilots), unit="models") as bar:
        for pilot in pilots:
            parts = [
                (_model(study, entry, pilot.rate), share) for entry, share in enumerate(pilot.shares) if share
            ]
            sums = _scores(study, pilot, parts, run)
            own = found.setdefault(pilot.rate, measured.base_rows(study, run))
            own.append(measured.of_sums(study, pilot, run, sums))
            bar.update(1)
    return found


def _components(study: Study, entry: int) -> list[Job]:
    """Write the recipe of an entry's component, with a variant for each rate; its jobs."""
    root = _root(study, entry)
    plain = component_recipe(study, entry)
    plain["variants"] = {
        _variant(rate): {"stages": [{"name": STAGE, "schedule": schedule(rate)}]} for rate in study.rates
    }
    root.mkdir(parents=True, exist_ok=True)
    with writing(root / "component.yaml") as aside:
        aside.write_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110), "utf-8")
    return [
        Job(root / "component.yaml", root, _variant(rate), study.tokens, last="train") for rate in study.rates
    ]


def component_recipe(study: Study, entry: int) -> dict[str, Any]:
    """The recipe that trains on one entry, with only the sources that may have its documents."""
    plain = study.plain()
    wanted = selectors.parse(study.entries[entry])
    names = {source.name for source in study.recipe.sources if source.may_be(wanted)}
    plain["sources"] = [source for source in plain["sources"] if source["name"] in names]
    plain["dedupe"]["base_sources"] = [name for name in plain["dedupe"]["base_sources"] if name in names]
    plain["name"] = f"{study.recipe.name}-component"
    plain["stages"][0]["mix"] = {study.entries[entry]: 1.0}
    return plain


def _root(study: Study, entry: int) -> Path:
    return study.folder / "components" / re.sub(r"[^A-Za-z0-9.-]+", "_", study.entries[entry])


def _variant(rate: float) -> str:
    return f"rate{rate:g}"


def _model(study: Study, entry: int, rate: float) -> Path:
    found = Run(_root(study, entry) / "variants" / _variant(rate)).file("train", "model")
    if found is None:
        raise RewarmError(
            f"{_root(study, entry)}: the component of {study.entries[entry]} at rate {rate:g} is gone. Run "
            "`rewarm mix pilot` again"
        )
    return found


def _measured_on(study: Study, tell: Callable[[str, Outcome], None]) -> Run:
    """A run of the study up to the base's losses: its held-out documents are those of every level."""
    pilot = study.pilots("full")[0]
    running.prepare([Job(study.file, study.folder, pilot.name, 0)], tell)
    return Run(study.folder / "variants" / pilot.name)


def _scores(study: Study, pilot: Pilot, parts: Sequence[tuple[Path, float]], run: Run) -> NDArray[np.float64]:
    """float64 [documents, 3]: nats, tokens, bytes of a merged model; kept by what they depend on."""
    about = [
        [(folder.parent.name, share) for folder, share in parts],
        run.steps["tokenize"].path.name,
        run.recipe["evaluate"],
    ]
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]
    kept = study.folder / "merged" / f"{pilot.name}-{key}.npy"
    if kept.exists():
        stored: NDArray[np.float64] = np.load(kept)
        return stored
    kept.parent.mkdir(exist_ok=True)
    train = run.recipe["train"]
    config = {
        "seq_len": run.recipe["evaluate"]["seq_len"] or run.recipe["pack"]["seq_len"],
        **{name: run.recipe["evaluate"].get(name) for name in ("document_tokens", "max_tokens")},
        **{name: train[name] for name in ("attention", "precision", "loss_chunk")},
    }
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        out = Path(folder) / "model"
        combine(parts, out, quiet=True)
        sums: NDArray[np.float64] = run_heldout.scorer(run, config, train["device"])(out, "merged")
    with writing(kept) as aside, aside.open("wb") as file:
        np.save(file, sums)
    return sums
