"""Settings of the step `export`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Part


class Export(Part):
    """The trained model as a Hugging Face folder with a model card."""

    dtype: Literal["base", "float32", "bfloat16"] = "base"
    """`base` is the dtype that the base model was saved in."""
    base_model: str | None = Field(None, pattern=r"^[\w.-]+/[\w.-]+$")
    """The base's ID on the Hugging Face Hub, for the model card, where `model` is a folder or a file."""
