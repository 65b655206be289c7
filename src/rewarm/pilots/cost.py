"""What a study costs, before it starts: runs, tokens, operations and disk."""

from dataclasses import dataclass

from rewarm.pilots.study import Study

# Operations per weight and token: forward 2, gradient of activations 2, of weights 2 (2001.08361, section 2).
FULL, LORA = 6, 4


@dataclass(frozen=True)
class Cost:
    """runs: trainings; merged: models that are only combined and measured; tokens: trained in all;
    operations: of the trainings; disk: bytes of the models that stay."""

    runs: int
    merged: int
    tokens: int
    operations: float
    disk: int


def of_level(study: Study, level: str) -> Cost:
    """The cost of a level, without the data steps and the held-out losses."""
    pilots = study.pilots(level)
    runs = len(study.entries) * len(study.rates) if level == "merged" else len(pilots)
    tokens = runs * study.tokens
    per_token = LORA if level == "lora" else FULL
    weights = 2 if study.recipe.export.dtype == "bfloat16" else 4
    return Cost(
        runs,
        len(pilots) if level == "merged" else 0,
        tokens,
        float(per_token * study.parameters * tokens),
        runs * study.parameters * weights,
    )
