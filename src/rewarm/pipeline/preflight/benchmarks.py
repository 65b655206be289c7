"""Files of the benchmarks that `decontaminate` looks for."""

from collections.abc import Iterator

from rewarm.corpus.benchmarks import files as benchmark_files
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """A benchmark without files, or two of one name."""
    for index, benchmark in enumerate(subject.recipe.decontaminate.benchmarks):
        if not benchmark_files.files(benchmark.path):
            yield Finding(
                "error",
                "decontaminate.benchmarks",
                subject.at("decontaminate", "benchmarks", index, "path"),
                f"no file at {benchmark.path} for the benchmark '{benchmark.name}'.",
                "Correct the path, which is relative to the recipe, or take the benchmark out.",
            )
    names = [benchmark.name for benchmark in subject.recipe.decontaminate.benchmarks]
    for index, name in enumerate(names):
        if name in names[:index]:
            where = subject.at("decontaminate", "benchmarks", index, "name")
            yield Finding(
                "error", "decontaminate.benchmarks", where, f"'{name}' names two benchmarks.", "Rename one."
            )
