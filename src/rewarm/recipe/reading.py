"""Reads a recipe from YAML, with overrides, variants and paths relative to its folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, yaml_file
from rewarm.recipe.batch_size import batch_tokens
from rewarm.recipe.yaml_file import Lines, Place

# Former keys, without the numbers of list items, and what each is called instead.
RENAMED = {
    "sources.conversations.canned_talks": "canned_conversations",
    "start.step": "update",
    "train.checkpoint_steps": "checkpoint_updates",
}


def lines(path: Path) -> Lines:
    """The lines of a recipe's fields. Raises RewarmError as `load` does."""
    return Lines(path, yaml_file.read(path)[1])


def load(path: Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Read and check the recipe at `path`; source paths come back absolute.

    overrides: values by dotted key, laid over the file's, as in {"train.batch_tokens": 4096}; items of a
    list by their name or number, as in "stages.adapt.tokens".
    Raises RewarmError with one line per fault, `FILE:LINE  FIELD: what was seen and what to do`.
    """
    data, lines = yaml_file.read(path)
    for key, value in (overrides or {}).items():
        _override(data, key, value, path)
    data = _placed(data, path.parent)
    if isinstance(data.get("variants"), dict):
        # Relative to the recipe there too.
        placed = {
            name: _placed(overrides, path.parent) if isinstance(overrides, dict) else overrides
            for name, overrides in data["variants"].items()
        }
        data["variants"] = placed
    try:
        recipe = _check(data, path, lines)
        for name, changes in recipe.variants.items():
            _check(_merge({**data, "variants": {}}, changes), path, lines, prefix=("variants", name))
    except RewarmError as error:
        if not overrides:
            raise
        given = ", ".join(f"{key}={value}" for key, value in overrides.items())
        raise RewarmError(f"{error}\n{path}: read with the overrides {given}") from None
    return recipe


def _override(data: dict[str, Any], key: str, value: object, path: Path) -> None:
    *parents, last = key.split(".")
    at: Any = data
    for part in [*parents, last]:
        into = at
        if isinstance(into, list):
            names = [str(item.get("name")) if isinstance(item, dict) else "" for item in into]
            numbers = [str(number) for number in range(len(into))]
            if part not in names + numbers:
                raise RewarmError(
                    f"{path}: overrides: {key!r} has no item {part!r}; there are {', '.join(names)}"
                )
            place: Any = (names if part in names else numbers).index(part)
        elif isinstance(into, dict):
            place = part
        else:
            raise RewarmError(f"{path}: overrides: {key!r} goes into a single value, {into!r}, not a mapping")
        at = into[place] if isinstance(into, list) else into.setdefault(place, {})
        if at is None:
            at = into[place] = {}
    into[place] = value


def variants(recipe: Recipe) -> dict[str, Recipe]:
    """The recipes to run, by variant name, or one under "" without variants; sizes on `auto` are settled."""
    if not recipe.variants:
        return {"": _settled(recipe)}
    plain = recipe.model_dump(mode="json")
    plain["variants"] = {}
    return {
        name: _settled(Recipe.model_validate(_merge(plain, overrides)))
        for name, overrides in recipe.variants.items()
    }


def dump(recipe: Recipe) -> str:
    """YAML of the recipe with every default written out."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110)


def flatten(value: object, prefix: str = "") -> dict[str, Any]:
    """Nested mappings and lists as {dotted.key: scalar}; lists count from 0, named items by name."""
    if isinstance(value, dict) and value:
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list) and value:
        items = [
            (str(item["name"]) if isinstance(item, dict) and "name" in item else str(index), item)
            for index, item in enumerate(value)
        ]
    else:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for key, item in items:
        flat.update(flatten(item, f"{prefix}.{key}" if prefix else key))
    return flat


def batch_size(recipe: Recipe) -> tuple[int, str]:
    """Tokens per update, and why."""
    if recipe.train.batch_tokens != "auto":
        return recipe.train.batch_tokens, "as the recipe says"
    longest = max(stage.seq_len or recipe.pack.seq_len for stage in recipe.stages)
    return batch_tokens(sum(stage.tokens for stage in recipe.stages), longest)


def _settled(recipe: Recipe) -> Recipe:
    train = recipe.train.model_copy(update={"batch_tokens": batch_size(recipe)[0]})
    return recipe.model_copy(update={"train": train})


def _check(data: object, path: Path, lines: dict[Place, int], prefix: Place = ()) -> Recipe:
    return yaml_file.check(Recipe, data, path, lines, prefix, RENAMED)


def _placed(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A recipe, or a part of one, with its paths relative to `folder` made absolute."""
    data = dict(data)
    if isinstance(data.get("sources"), list):
        data["sources"] = [_anchored(source, "path", folder) for source in data["sources"]]
    if isinstance(data.get("mix"), dict) and isinstance(data["mix"].get("examples"), str):
        data["mix"] = _anchored(data["mix"], "examples", folder)
    if "start" in data:
        data["start"] = _anchored(data["start"], "run", folder)
    if isinstance(data.get("dedupe"), dict) and isinstance(data["dedupe"].get("base"), list):
        runs = [_absolute(run, folder) if isinstance(run, str) else run for run in data["dedupe"]["base"]]
        data["dedupe"] = {**data["dedupe"], "base": runs}
    annotate = data.get("annotate")
    if isinstance(annotate, dict) and isinstance(annotate.get("classifiers"), dict):
        taught = {
            axis: _anchored(_anchored(one, "run", folder), "file", folder)
            for axis, one in annotate["classifiers"].items()
        }
        data["annotate"] = annotate = {**annotate, "classifiers": taught}
    if isinstance(annotate, dict) and isinstance(annotate.get("scores"), dict):
        scored = {name: _anchored(one, "classifier", folder) for name, one in annotate["scores"].items()}
        data["annotate"] = {**annotate, "scores": scored}
    measured = data.get("evaluate")
    if isinstance(measured, dict) and isinstance(measured.get("tasks"), list):
        tasks = measured["tasks"]
        for key in ("path", "shots_path", "twins"):
            tasks = [_anchored(task, key, folder) for task in tasks]
        data["evaluate"] = {**measured, "tasks": tasks}
    if "evaluate" in data:
        data["evaluate"] = _anchored(data["evaluate"], "prompts", folder)
    contaminants = data.get("decontaminate")
    if isinstance(contaminants, dict) and isinstance(contaminants.get("benchmarks"), list):
        named = [_anchored(benchmark, "path", folder) for benchmark in contaminants["benchmarks"]]
        data["decontaminate"] = {**contaminants, "benchmarks": named}
    evaluate = data.get("evaluate")
    if isinstance(evaluate, dict) and isinstance(evaluate.get("tasks"), list):
        tasks = [
            _anchored(_anchored(task, "path", folder), "shots_path", folder) for task in evaluate["tasks"]
        ]
        data["evaluate"] = {**evaluate, "tasks": tasks}
    return data


def _anchored(part: object, key: str, folder: Path) -> object:
    if isinstance(part, dict) and isinstance(part.get(key), str):
        return {**part, key: _absolute(part[key], folder)}
    return part


def _absolute(path: str, folder: Path) -> str:
    return str((folder / Path(path).expanduser()).absolute())


def _merge(base: object, over: object) -> object:
    """`over` laid over `base`: mappings merge by key, named items of lists by name, all else replaces.

    A stage's `mix` replaces, since its shares sum to 1 together.
    """
    if isinstance(base, dict) and isinstance(over, dict):
        return {
            **base,
            **{
                key: value if key == "mix" or key not in base else _merge(base[key], value)
                for key, value in over.items()
            },
        }
    if isinstance(base, list) and isinstance(over, list) and _named(base) and _named(over):
        changes = {item["name"]: item for item in over}
        merged = [_merge(item, changes.pop(item["name"], {})) for item in base]
        return merged + list(changes.values())
    return over


def _named(items: list[Any]) -> bool:
    return all(isinstance(item, dict) and "name" in item for item in items)
