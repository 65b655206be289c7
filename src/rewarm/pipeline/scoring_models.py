"""Finds the models and classifiers of `annotate.scores`, before anything runs."""

from collections.abc import Callable
from pathlib import Path

from rewarm.corpus.io.fingerprint import sha256
from rewarm.engine.step import ScoringModel
from rewarm.errors import RewarmError
from rewarm.model.base import Base
from rewarm.recipe import Recipe


def find(recipe: Recipe, model: Callable[[str], Base]) -> dict[str, ScoringModel]:
    """By the name that the recipe gives, "" for its base; classifiers by path.

    model: finds and, where needed, downloads one. Raises RewarmError for a classifier that is not there, and
    what `model` raises.
    """
    found: dict[str, ScoringModel] = {}
    for name, score in recipe.annotate.scores.items():
        if score.classifier is not None and score.kind == "label":
            found[str(score.classifier)] = _classifier(name, score.classifier)
            continue
        names = [score.model or ""] if score.kind != "excess_loss" else ["", score.model or ""]
        for one in names:
            if one not in found:
                base = model(one or recipe.model)
                found[one] = ScoringModel(base.path, base.identity)
    return found


def _classifier(name: str, path: Path) -> ScoringModel:
    if not path.is_file():
        raise RewarmError(
            f"annotate.scores.{name}.classifier: {path} is not there; `rewarm label train SEEDS --axis "
            f"{name} --out {path}` writes it"
        )
    return ScoringModel(path, sha256([path])[0])
