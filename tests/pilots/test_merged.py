"""Component models: each is trained on one entry alone, from a recipe with only its sources."""

from pathlib import Path

import yaml

from rewarm.pilots import merged, study
from rewarm.recipe import reading


def test_a_component_has_only_the_sources_of_its_entry(recipe: Path) -> None:
    plain = yaml.safe_load(recipe.read_text())
    plain["dedupe"] = {"base_sources": ["api"]}
    plain["stages"][0]["mix"] = {"law": 0.5, "task=general": 0.5}
    recipe.write_text(yaml.safe_dump(plain, sort_keys=False))
    planned = study.plan(recipe, recipe.parent / "study", study.Settings(tokens=2560, rates=(1e-3, 3e-3)))
    roots = []
    for entry, source in ((0, "law"), (1, "api")):
        jobs = merged._components(planned, entry)
        assert [job.variant for job in jobs] == ["rate0.001", "rate0.003"]
        roots.append(jobs[0].root)
        for job, (name, one) in zip(
            jobs, reading.variants(reading.load(jobs[0].recipe)).items(), strict=True
        ):
            assert name == job.variant and [each.name for each in one.sources] == [source]
            (stage,) = one.stages
            assert stage.mix == {planned.entries[entry]: 1.0} and stage.tokens == 2560
            assert stage.schedule.peak in (1e-3, 3e-3) and stage.schedule.shape == "constant"
            assert one.dedupe.base_sources == (["api"] if source == "api" else [])
    assert roots[0] != roots[1]
