"""Settings of the step `export`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Part


class HubRepository(Part):
    """A model repository of the Hugging Face Hub."""

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    """Its ID, OWNER/NAME; created if it does not exist. Variants get OWNER/NAME-VARIANT."""
    private: bool = True
    """Whether a new repository is private: published weights cannot be taken back. One that exists keeps
    its setting."""
    even_if_worse: bool = False
    """Also push a result that is worse than its base."""


class Export(Part):
    """The trained model as a Hugging Face folder with a model card."""

    dtype: Literal["base", "float32", "bfloat16"] = "base"
    """`base` is the dtype that the base model was saved in."""
    base_model: str | None = Field(None, pattern=r"^[\w.-]+/[\w.-]+$")
    """The base's ID on the Hugging Face Hub, for the model card, where `model` is a folder or a file."""
    push_to_hub: HubRepository | None = None
    """Upload the model with its card when the run is finished, with the token of `hf auth login`."""
