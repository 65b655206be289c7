"""Probes the machine for a recipe, or finds the probe that an earlier plan kept."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.model import base, pretrained
from rewarm.pipeline.probe import launch
from rewarm.plan import probe as probes
from rewarm.plan.probe import Probe
from rewarm.recipe import Recipe, reading


def measure(
    path: Path, ranks: Sequence[int], overrides: Mapping[str, Any] | None, say: Callable[[str], None],
    seconds: float = launch.SECONDS,
) -> Probe:  # fmt: skip
    """Probe this machine with the model and settings of the recipe at `path`, and keep the result.

    The first stage's sequence length is measured. Only the base's config.json is read. Raises RewarmError
    when it is not on this machine, and as `launch.probe` does.
    """
    recipe = reading.load(path, overrides)
    folder = _folder(recipe, path)
    if folder is None:
        raise RewarmError(
            f"--probe: the config.json of {recipe.model} is not on this machine. Download the model, or "
            "give a folder with its config.json as --set model=FOLDER: weights are not read"
        )
    if bad := [number for number in ranks if number < 1]:
        raise RewarmError(f"--ranks: {bad[0]} is not a number of processes; give 1 or more")
    seq_len = recipe.stages[0].seq_len or recipe.pack.seq_len
    batch, _ = reading.batch_size(recipe)
    passes = -(-batch // (recipe.train.micro_batch * seq_len))
    found = launch.probe(
        folder, recipe.train, seq_len, passes, ranks=ranks, seed=recipe.seed, seconds=seconds, say=say
    )
    say(f"probe     kept in {probes.keep(found)}")
    return found


def earlier(path: Path, overrides: Mapping[str, Any] | None) -> tuple[Probe | None, str]:
    """The kept probe of this machine for the recipe's model type, and a note; (None, "") without one."""
    if not probes.any_kept():
        return None, ""
    recipe = reading.load(path, overrides)
    folder = _folder(recipe, path)
    if folder is None:
        return None, ""
    found = probes.kept(launch.hardware(launch.device(recipe.train)), pretrained.config_of(folder).model_type)
    if found is None:
        return None, ""
    own = launch.settings(recipe.train)
    if other := [name for name in own if own[name] != found.settings.get(name)]:
        changed = ", ".join(f"train.{name}" for name in other)
        return None, f"the probe of {found.date} had another {changed}: it is not used; repeat --probe"
    return found, (
        f"time and memory are those of this machine, {found.hardware}, by the probe of {found.date}; for an "
        "accelerator of the table give --gpu NAME"
    )


def _folder(recipe: Recipe, path: Path) -> Path | None:
    return base.at_hand(recipe.model, path.parent)
