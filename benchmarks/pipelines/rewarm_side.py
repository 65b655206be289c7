"""rewarm's data steps, from JSON lines to blocks, with the CPU-seconds of each."""

import json
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LAST = "pack"


class Seconds:
    """CPU-seconds of this process and its finished children, by name."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self._last = 0.0

    def add(self, name: str) -> None:
        """Everything since the last call, the start of the process the first time."""
        now = _used()
        self.found[name] += now - self._last
        self._last = now

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        self.add("between")
        yield
        self.add(name)


def _used() -> float:
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def run(corpus: Path, tokenizer: Path, out: Path) -> dict[str, float]:
    """Step → CPU-seconds; `start` is the interpreter, imports, recipe and fingerprints."""
    from rewarm.data.collect import origins
    from rewarm.model import base
    from rewarm.pipeline import running
    from rewarm.pipeline.planning import plan_steps
    from rewarm.recipe import reading

    seconds = Seconds()
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.yaml").write_text(json.dumps(_recipe(corpus, tokenizer)))  # JSON is YAML.
    recipe = reading.load(out / "recipe.yaml")
    files = [origins.fingerprint(source) for source in recipe.model_dump(mode="json")["sources"]]
    plan = plan_steps(recipe, json.loads(json.dumps(files)), None)
    plan = plan[: [step.name for step in plan].index(LAST) + 1]
    seconds.add("start")
    for outcome in running.run(plan, out / "steps", lambda: base.resolve(recipe.model, out), {}):
        seconds.add(outcome.step)
        if outcome.state != "ran":
            raise RuntimeError(f"{outcome.step} was not run; empty {out}")
    return dict(seconds.found)


def _recipe(corpus: Path, tokenizer: Path) -> dict[str, object]:
    paths = sorted((corpus / "texts").glob("*.jsonl"))
    sizes = {path.stem: path.stat().st_size for path in paths}
    # A quarter of the text's bytes are about all tokens of it.
    whole = sum(sizes.values())
    mix = {name: size // 1000 for name, size in sizes.items()}
    shares = {name: part / sum(mix.values()) for name, part in mix.items()}
    return {
        "name": "data-pipeline",
        "model": str(tokenizer),
        "sources": [
            {"name": path.stem, "path": str(path), "labels": {"task": "domain" if not at else "general"}}
            for at, path in enumerate(paths)
        ],
        "decontaminate": {"benchmarks": [{"name": "items", "path": str(corpus / "items.jsonl")}]},
        "stages": [
            {
                "name": "adapt",
                "tokens": max(20_000, int(whole / 8)),
                "mix": shares,
                "schedule": {"shape": "constant", "peak": 1e-4},
            }
        ],
    }
