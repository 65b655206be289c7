"""The date cut-off and reserved uses, tried on the sample of each source before anything is read."""

from collections.abc import Iterator

from rewarm.errors import RewarmError
from rewarm.pipeline import model_release
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe.cut_off import cut_off, needs_release


def check(subject: Subject) -> Iterator[Finding]:
    """What of the sampled records each source's cut-off keeps, and whether `auto` can be resolved."""
    recipe = subject.recipe
    if needs_release(recipe) and recipe.model_released is None:
        where = subject.at("collect", "since")
        yield Finding("error", "cut_off.released", where, model_release.UNKNOWN, model_release.REMEDY)
        return
    plain = recipe.model_dump(mode="json")["sources"]
    for index, source in enumerate(recipe.sources):
        settings = cut_off(recipe, source)
        if not (settings["since"] or settings["until"] or settings["rights"]):
            continue
        try:
            if subject.survey.files(plain[index]) is None:
                continue
        except RewarmError:  # `inputs` reports it
            continue
        sample = subject.survey.sample(plain[index], recipe.collect.max_record_bytes)
        counts = sample.provenance.outside(settings)
        total = sample.provenance.records
        if not total:
            continue
        stays = counts.pop("kept", 0)
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()) if count)
        limits = " ".join(f"{key} {settings[key]}" for key in ("since", "until") if settings[key])
        undated = sample.provenance.undated
        what = (
            f"of {total:,} sampled records of '{source.name}', the cut-off ({limits or 'rights'}) keeps "
            f"{stays:,} and drops {total - stays:,}{f' ({reasons})' if reasons else ''}; {undated:,} have no "
            f"date and are {'dropped' if settings['undated'] == 'drop' else 'kept'}."
        )
        yield Finding(
            "note" if stays else "warning",
            "cut_off.sample",
            subject.at("sources", index),
            what,
            "" if stays else "Nothing would be left: widen the cut-off, or name the field with `date.field`.",
        )
