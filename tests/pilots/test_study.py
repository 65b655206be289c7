"""The plan of a study: what it runs, what it keeps, and what it refuses."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.errors import RewarmError
from rewarm.pilots import study
from rewarm.recipe import reading

SETTINGS = study.Settings(tokens=2560, rates=(1e-3, 3e-3))


def changed(recipe: Path, **values: object) -> Path:
    plain = yaml.safe_load(recipe.read_text()) | values
    recipe.write_text(yaml.safe_dump(plain, sort_keys=False))
    return recipe


def test_every_pilot_is_a_variant_that_differs_in_mix_rate_and_draw_only(recipe: Path) -> None:
    planned = study.plan(recipe, recipe.parent / "study", SETTINGS)
    planned.write()
    read = reading.load(planned.file)
    resolved = reading.variants(read)
    pilots = [pilot for level in ("full", "lora") for pilot in planned.pilots(level)]
    assert list(resolved) == [pilot.name for pilot in pilots] and len(pilots) == 2 * 2 * 6
    base = next(iter(resolved.values()))
    for pilot in pilots:
        one = resolved[pilot.name]
        (stage,) = one.stages
        assert stage.mix == dict(zip(("law", "api"), pilot.shares, strict=True))
        assert stage.tokens == 2560 and stage.schedule.shape == "constant"
        factor = 5 if pilot.level == "lora" else 1
        assert stage.schedule.peak == pytest.approx(factor * pilot.rate)
        assert (one.train.lora is None) == (pilot.level == "full")
        assert one.training_seed == pilot.seed and one.seed == 3
        # The held-out set must not depend on the pilot.
        assert (one.sources, one.holdout, one.forgetting) == (base.sources, base.holdout, base.forgetting)
    repeats = [pilot for pilot in planned.pilots("full") if pilot.kind == "repeat"]
    mixes = [pilot for pilot in planned.pilots("full") if pilot.kind == "mix"]
    assert len(repeats) == 2
    assert all(
        any(one.shares == other.shares and one.rate == other.rate for other in mixes) for one in repeats
    )


def test_a_study_that_grows_keeps_its_runs(recipe: Path) -> None:
    folder = recipe.parent / "study"
    first = study.plan(recipe, folder, SETTINGS)
    confirm = study.Pilot("full", (0.4, 0.6), 1e-3, 1003, "confirm")
    first.with_confirmations([confirm]).write()
    grown = study.plan(recipe, folder, study.Settings(tokens=2560, rates=(1e-3, 3e-3), mixes=7))
    names = [{pilot.name for pilot in one.pilots("full")} for one in (first, grown)]
    assert names[0] < names[1] and grown.confirmations == (confirm,)
    # A call with fewer pilots leaves those of another that may still run.
    study.plan(recipe, folder, study.Settings(tokens=2560, rates=(1e-3,), repeats=0)).write()
    assert {pilot.name for pilot in first.pilots("full")} < set(reading.load(first.file).variants)
    (folder / "study.json").write_text("[]")
    with pytest.raises(RewarmError, match=r"study\.json: not written by `rewarm mix pilot`"):
        study.plan(recipe, folder, SETTINGS)


def test_merged_mixes_include_the_trained_ones(recipe: Path) -> None:
    planned = study.plan(recipe, recipe.parent / "study", SETTINGS)
    assert set(planned.design.mixes) < set(planned.merged_mixes)
    assert len(planned.merged_mixes) == 2 * len(planned.design.mixes)


@pytest.mark.parametrize(
    ("settings", "values", "words"),
    [
        ({"domain": "books"}, {}, "--domain: 'books' is not in the mix; its entries are law, api"),
        ({"stage": "anneal"}, {}, "--stage: 'anneal' is not one of adapt"),
        ({"tokens": 2000}, {}, r"--tokens: 2,000 tokens are 7 updates of 256 .* Give 2,048 or more"),
        ({}, {"variants": {"a": {}}}, "has variants, and pilots are variants"),
    ],
)
def test_what_cannot_be_studied_is_refused(
    recipe: Path, settings: dict[str, object], values: dict[str, object], words: str
) -> None:
    changed(recipe, **values)
    with pytest.raises(RewarmError, match=words):
        study.plan(recipe, recipe.parent / "study", study.Settings(**{"tokens": 2560, **settings}))  # type: ignore[arg-type]


def test_a_mix_of_one_entry_leaves_nothing_to_choose(recipe: Path) -> None:
    stage = {"name": "adapt", "tokens": 8192, "mix": {"law": 1.0}}
    with pytest.raises(RewarmError, match=r"stages\.adapt\.mix: one entry leaves no mix to choose"):
        study.plan(changed(recipe, stages=[stage]), recipe.parent / "study", SETTINGS)


def test_the_domain_is_the_entry_labelled_so(recipe: Path) -> None:
    plain = yaml.safe_load(recipe.read_text())
    plain["sources"].reverse()
    plain["stages"][0]["mix"] = {"task=general": 0.5, "task=domain": 0.5}
    recipe.write_text(yaml.safe_dump(plain, sort_keys=False))
    assert study.plan(recipe, recipe.parent / "study", SETTINGS).domain == 1
    for source in plain["sources"]:
        source["labels"]["task"] = "domain"
    plain["stages"][0]["mix"] = {"law": 0.5, "api": 0.5}
    recipe.write_text(yaml.safe_dump(plain, sort_keys=False))
    with pytest.raises(RewarmError, match=r"--domain: 2 entries .* Name one of law, api"):
        study.plan(recipe, recipe.parent / "study", SETTINGS)


def test_a_dry_run_prints_design_and_cost_and_writes_nothing(recipe: Path) -> None:
    folder = recipe.parent / "study"
    arguments = ["mix", "pilot", str(recipe), "--study", str(folder), "--tokens", "2560", "--rates", "1e-3"]
    result = CliRunner().invoke(cli, [*arguments, "--dry-run", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["cost"]["runs"] == len(found["pilots"]) == 6 and found["cost"]["tokens"] == 6 * 2560
    assert found["domain"] == "law" and not folder.exists()
    words = CliRunner().invoke(cli, [*arguments, "--dry-run", "--level", "merged"]).stdout
    assert "2 runs of 2,560 tokens, 10 merged models" in words


@pytest.mark.parametrize(
    ("option", "value"), [("--rates", "1e-3,1e-3"), ("--rates", "fast"), ("--range", "1:0")]
)
def test_options_that_are_no_numbers_are_refused(recipe: Path, option: str, value: str) -> None:
    result = CliRunner().invoke(cli, ["mix", "pilot", str(recipe), option, value])
    assert result.exit_code == 2 and f"'{value}' is not a" in result.output
