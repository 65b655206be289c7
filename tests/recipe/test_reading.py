"""What is wrong in a recipe is told with its line; what is right comes back whole."""

from pathlib import Path

import pytest

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, reading, yaml_file

GOOD = """\
name: case
model: owner/base
sources:
  - name: law
    path: law
    labels: {task: domain}
  - {name: web, hub: owner/web}
pack: {seq_len: 512}
stages:
  - name: adapt
    tokens: 1.5M
    mix: {law: 0.75, web: 0.25}
    schedule: {shape: cosine}
"""


def load(folder: Path, text: str) -> object:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return reading.load(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seq_len: 512", "seqlen: 512", ":8  pack.seqlen: no such key. Did you mean seq_len?"),
        ("shape: cosine", "shape: cosin", ":13  stages[0].schedule.shape: 'cosin' is none of"),
        ("shape: cosine", "shape: cosin", "Did you mean cosine?"),
        ("model: owner/base\n", "", "model: is missing"),
        ("name: case\n", "name: case\nname: other\n", ":2  name: is already on line 1"),
        ("web: 0.25", "web: 0.2", "shares sum to 0.95 (0.75 + 0.2), not 1"),
        ("web: 0.25", "wed: 0.25", "'wed' is not a source; sources are law, web"),
        ("    path: law\n", "", "exactly one of path, url, package, hub; seen none"),
        ("tokens: 1.5M", "tokens: many", ":11  stages[0].tokens"),
        ("name: case\n", "name: [\n", "not YAML"),
        (GOOD, "- a\n- b\n", "a recipe is a mapping of keys; seen list"),
        ("seq_len: 512}", "seq_len: 4096}\ntrain: {batch_tokens: 512}", "holds no sequence of 4096 tokens"),
    ],
)
def test_a_fault_names_its_line_and_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(RewarmError) as told:
        load(tmp_path, GOOD.replace(old, new))
    assert said in str(told.value) and "recipe.yaml" in str(told.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("shape: linear, peak: 1.0e-4, final: 2.0e-4", "final 0.0002 is above peak 0.0001"),
        ("shape: constant, peak: 1.0e-4, final: 1.0e-5", "final 1e-05: `constant` ends at its peak"),
        ("shape: exponential, final: 0", "final 0: an exponential fall never gets there"),
        ("shape: wsd, decay_shape: exponential, final: 0", "final 0: an exponential"),
        ("shape: wsd, decay: 0", "decay 0: `wsd` does not fall"),
        ("shape: infinite, decay: 0", "decay 0: `infinite` does not fall"),
        ("shape: wsd, decay: 0.9, warmup: 0.2", "warmup 0.2 + decay 0.9 exceed the stage"),
        ("shape: cosine, decay: 0.1", "decay 0.1: only wsd and infinite have one"),
        ("shape: infinite, decay_shape: linear", "decay_shape linear: only wsd has one"),
        ("shape: wsd, decay_shape: sqr", "Did you mean sqrt?"),
        ("shape: cosine, warmup: 1", "warmup 1: nothing is left in which `cosine` falls"),
        (
            "shift: weak, peak: 1.0e-5, final: 0, warmup: 0",
            "shift weak: peak, final and warmup are already given",
        ),
        ("shift: week", "Did you mean weak?"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_told(tmp_path: Path, fields: str, said: str) -> None:
    with pytest.raises(RewarmError) as told:
        load(tmp_path, GOOD.replace("shape: cosine", fields))
    assert said in str(told.value) and "stages[0].schedule" in str(told.value)


@pytest.mark.parametrize(
    "fields", ["shape: wsd, decay: 1, warmup: 0", "shape: infinite", "shape: constant", "shift: weak"]
)
def test_a_schedule_that_makes_sense_is_read(tmp_path: Path, fields: str) -> None:
    load(tmp_path, GOOD.replace("shape: cosine", fields))


def test_families_of_rules_are_named_and_their_bounds_changed(tmp_path: Path) -> None:
    more = """\
clean: {lines: {chinese_c4: true, mnbvc: true}}
select:
  map_cc: {enabled: true, max_chars: null, min_char_entropy: 2.5}
  fineweb2_chinese: {enabled: true}
  roots_chinese: {enabled: true}
  chinese_c4: {enabled: true}
  mnbvc: {enabled: true, min_han_ratio: 0.5}
"""
    recipe = load(tmp_path, GOOD + more)
    select, plain = recipe.select, load(tmp_path, GOOD).select
    assert recipe.clean.lines.chinese_c4 and recipe.clean.lines.mnbvc
    assert (select.map_cc.max_chars, select.map_cc.min_char_entropy) == (None, 2.5)
    assert (select.map_cc.min_chars, select.mnbvc.min_han_ratio) == (50, 0.5)
    assert select.fineweb2_chinese.max_dup_5chars == 0.198
    for family in ("map_cc", "fineweb2_chinese", "roots_chinese", "chinese_c4", "mnbvc"):
        assert getattr(select, family).enabled and not getattr(plain, family).enabled
    with pytest.raises(RewarmError, match=r"select\.map_cc\.max_char: no such key. Did you mean max_chars"):
        load(tmp_path, GOOD + "select: {map_cc: {max_char: 9}}\n")


def test_a_fault_in_a_variant_names_it(tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match=r":15  variants\.low\.train\.clop: no such key. Did you mean clip"):
        load(tmp_path, GOOD + "variants:\n  low: {train: {clop: 2}}\n")


def test_every_default_written_out_reads_back_the_same(tmp_path: Path) -> None:
    recipe = load(tmp_path, GOOD)
    (tmp_path / "whole.yaml").write_text(reading.dump(recipe), encoding="utf-8")
    assert reading.load(tmp_path / "whole.yaml") == recipe
    assert recipe.stages[0].tokens == 1_500_000
    assert recipe.sources[0].path == tmp_path / "law"


def test_variants_merge_named_items_and_replace_a_mix(tmp_path: Path) -> None:
    more = "variants:\n  pure: {stages: [{name: adapt, mix: {law: 1}}]}\n  same: {}\n"
    found = reading.variants(load(tmp_path, GOOD + more))
    assert found["pure"].stages[0].mix == {"law": 1}
    assert found["pure"].stages[0].tokens == 1_500_000
    assert found["same"].stages[0].mix == {"law": 0.75, "web": 0.25}


def test_paths_of_variants_are_relative_to_the_recipe(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    changed = (
        "variants:\n  b: {sources: [{name: law, path: law2}], dedupe: {base: [runs/old]}}\n  c: {seed: 3}\n"
    )
    made = reading.variants(load(case, GOOD + changed))
    assert made["b"].sources[0].path == case / "law2" and made["b"].dedupe.base == [case / "runs/old"]
    assert made["c"].sources[0].path == case / "law"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("seed: -1\n", "seed"),
        ("variants: {lr/low: {seed: 1}}\n", "variants"),
        ("# \x0b\n", "not YAML"),
        ("seed: 2024-13-45\n", "not YAML"),
    ],
)
def test_values_that_would_stop_a_run_half_way_are_told_at_once(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(RewarmError, match=said):
        load(tmp_path, GOOD + more)


def test_overrides_are_laid_over_the_file_by_dotted_key(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD, encoding="utf-8")
    changes = {
        "pack.seq_len": 256,
        "stages.adapt.schedule.shape": "linear",
        "sources.0.path": "other",
        "train": {"batch_tokens": 1024},
        "guard.window": 32,
    }
    recipe = reading.load(path, changes)
    assert recipe.pack.seq_len == 256 and recipe.stages[0].schedule.shape == "linear"
    assert recipe.sources[0].path == tmp_path / "other"
    assert recipe.train.batch_tokens == 1024 and recipe.guard.window == 32
    assert recipe.sources[0].labels == {"task": "domain"}
    assert reading.load(path).pack.seq_len == 512


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("stages.anneal.tokens", "overrides: 'stages.anneal.tokens' has no item 'anneal'; there are adapt"),
        ("model.name", "overrides: 'model.name' goes into a single value, 'owner/base', not a mapping"),
        ("pack.seqlen", "pack.seqlen: no such key. Did you mean seq_len?"),
    ],
)
def test_an_override_that_fits_nothing_is_named(tmp_path: Path, key: str, said: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(RewarmError) as error:
        reading.load(path, {key: 1})
    assert str(path) in str(error.value) and said in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "name: case\n",
            "name: case\ntrain: {checkpoint_steps: 8}\n",
            ":2  train.checkpoint_steps: was renamed to checkpoint_updates",
        ),
        (
            "name: case\n",
            "name: case\nstart: {run: runs/law, step: 8}\n",
            ":2  start.step: was renamed to update",
        ),
        (
            "    path: law\n",
            "    path: law\n    conversations: {canned_talks: 3}\n",
            ":6  sources[0].conversations.canned_talks: was renamed to canned_conversations",
        ),
        (
            "name: case\n",
            "name: case\nvariants: {slow: {train: {checkpoint_steps: 8}}}\n",
            ":2  variants.slow.train.checkpoint_steps: was renamed to checkpoint_updates",
        ),
    ],
)
def test_a_renamed_key_is_told_with_its_new_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(RewarmError) as error:
        load(tmp_path, GOOD.replace(old, new))
    assert said in str(error.value) and "no such key" not in str(error.value)


def test_every_renamed_key_exists_under_its_new_name_alone() -> None:
    for former, name in reading.RENAMED.items():
        *parents, old = former.split(".")
        known = yaml_file.model_at(Recipe, tuple(parents)).model_fields
        assert name in known and old not in known, former
