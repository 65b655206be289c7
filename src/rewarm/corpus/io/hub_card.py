"""Which files of a hub data set belong to a configuration and a split.

The card (README.md) names both with globs (`configs: [{config_name, data_files}]`). A data set whose card
names none has one configuration, `default`, and its splits follow from names of files:
`data/train-00000-of-00002.parquet`, `dev/a.jsonl` (huggingface.co/docs/hub/datasets-file-names-and-splits).
"""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from rewarm.corpus.io.globs import matcher
from rewarm.errors import RewarmError

_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SHARD = re.compile(r"(?:^|/)([A-Za-z0-9_.-]+?)-\d{5}-of-\d{5}\b")
Splits = dict[str, list[str]]
"""Split → globs of its files."""


def chosen(names: Sequence[str], card: str, config: str | None, split: str | None, where: str) -> list[str]:
    """The names that belong to the configuration and split; of those that are None, to any.

    card: README.md, empty for none; where: the source's key, for messages.
    Raises RewarmError for a configuration or split that is not there, with those that are.
    """
    configs = _configs(card)
    if config is not None and config not in (configs or {"default": {}}):
        known = ", ".join(configs) or "none in its card"
        raise RewarmError(
            f"{where}.config: no configuration {config!r}; there are {known}. Files without one are chosen "
            "with `files`."
        )
    if split is None and (config is None or not configs):
        return list(names)
    wanted = [configs[config]] if config in configs else list(configs.values())
    splits: Splits = {}
    for one in wanted:
        for name, globs in one.items():
            splits.setdefault(name, []).extend(globs)
    if not configs:
        splits = _by_name(names)
    if split is not None and split not in splits:
        known = ", ".join(splits) or "none by card or file names"
        raise RewarmError(f"{where}.split: no split {split!r}; there are {known}.")
    match = matcher([glob for name, globs in splits.items() if split in (None, name) for glob in globs])
    return [name for name in names if match(name)]


def _configs(card: str) -> dict[str, Splits]:
    """Configuration → its splits, as the card says; a card that is not as it should be says nothing."""
    front = _FRONT.match(card)
    try:
        facts: Any = yaml.safe_load(front[1]) if front else None
    except yaml.YAMLError:
        return {}
    rows = facts.get("configs") if isinstance(facts, dict) else None
    found: dict[str, Splits] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("data_files"):
            found[str(row.get("config_name", "default"))] = _splits(row["data_files"], row.get("data_dir"))
    return found


def _splits(data_files: object, data_dir: object) -> Splits:
    """data_files: globs, which are all `train`, or a row `{split, path}` a split."""
    base = f"{str(data_dir).strip('/')}/" if data_dir else ""
    rows = data_files if isinstance(data_files, list) else [data_files]
    found: Splits = {}
    for row in rows:
        name, paths = (row.get("split"), row.get("path")) if isinstance(row, dict) else ("train", row)
        for path in paths if isinstance(paths, list) else [paths]:
            if isinstance(path, str):
                found.setdefault(str(name), []).append(base + path.removeprefix("./"))
    return found


def _by_name(names: Sequence[str]) -> Splits:
    """Split → its files, as globs that match only themselves."""
    found: Splits = {}
    for name in names:
        words = re.split(r"[^a-z]+", name.lower())
        split = next((split for split, known in _WORDS.items() if set(known) & set(words)), None)
        if split is None and (shard := _SHARD.search(name)):
            split = shard[1]
        if split is not None:
            found.setdefault(split, []).append(re.sub(r"([*?\[{])", r"[\1]", name))
    return found
