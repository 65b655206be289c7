"""Finds the classifiers that exist already: of earlier runs and of files (`annotate.classifiers`)."""

from rewarm.corpus.io.fingerprint import sha256
from rewarm.engine.step import EarlierClassifier
from rewarm.errors import RewarmError
from rewarm.recipe import Annotate
from rewarm.runs.run import Run


def find(annotate: Annotate) -> list[EarlierClassifier]:
    """The classifier of each axis that names a run or a file. Raises RewarmError where there is none."""
    found = []
    for axis, settings in annotate.classifiers.items():
        if settings.file is not None:
            if not settings.file.is_file():
                raise RewarmError(
                    f"annotate.classifiers.{axis}.file: {settings.file} is not there; "
                    f"`rewarm label train SEEDS --axis {axis} --out {settings.file}` writes it"
                )
            found.append(EarlierClassifier(axis, settings.file, sha256([settings.file])[0]))
        if settings.run is None:
            continue
        run = Run(settings.run)
        file = run.file("annotate", f"classifiers/{axis}.safetensors")
        if file is None:
            there = run.file("annotate", "classifiers")
            axes = sorted(path.stem for path in there.glob("*.safetensors")) if there else []
            raise RewarmError(
                f"annotate.classifiers.{axis}.run: {settings.run} has no classifier of this axis; it has "
                f"{', '.join(axes) or 'none'}. Name the axis in `annotate.classifiers` of its recipe and run "
                "it again with --until annotate"
            )
        found.append(EarlierClassifier(axis, file, sha256([file])[0]))
    return found
