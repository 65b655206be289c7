"""How the documents of a stage are ordered (`stages.order`)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Part

_CURRICULUM = ("key", "first")
_RELATED = ("vectors", "neighbours", "min_similarity", "copy_similarity", "copies")


class Ordering(Part):
    """The order of one channel."""

    by: Literal["shuffle", "curriculum", "related", "user"] = "shuffle"
    """`shuffle`: a seeded shuffle, drawn anew in each epoch. `curriculum`: bands of rising `key`, shuffled
    inside. `related`: related documents follow each other in one sequence and attend to each other (Shi et
    al. 2023, 2310.10638). `user`: the same for the documents of one user, in order of time."""
    key: str = "quality"
    """`curriculum`: an attribute of the documents, or `length` (tokens). Any step may write attributes:
    `clean` writes quality and its measures, a score of difficulty or excess loss may come from any other."""
    first: Literal["low", "high"] = "low"
    """`curriculum`: the end of the key that comes first. Low: short, easy or poor documents first, so that
    the best come while the rate decays."""
    field: str = "user"
    """`user`: the field of the record (dotted) with the user. Conversations have `user`, a hash."""
    vectors: str = "sparse"
    """`related`: `sparse` compares words, and pairs of characters in scripts without spaces, weighted by
    TF-IDF: any language, no model. A folder or hub id of a sentence encoder compares embeddings instead."""
    neighbours: int = Field(20, ge=1, le=100)
    """`related`: nearest documents that are kept of each document, as in the paper's code."""
    min_similarity: float = Field(0.1, ge=0, le=1)
    """`related`: cosine below which documents are not related. A document without a related one stays by
    itself, as in a shuffle."""
    copy_similarity: float = Field(0.9, gt=0, le=1)
    """`related`: cosine from which a document is a near-copy of an earlier one. In one sequence with its
    original, a copy teaches copying and not the subject."""
    copies: Literal["isolate", "drop"] = "isolate"
    """`related`: `isolate` trains on near-copies by themselves, so that the tokens of the mix stay as
    planned; `drop` leaves them out, as the paper does, and lists them in the ledger."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        kinds = {"curriculum": _CURRICULUM, "related": _RELATED, "user": ("field",)}
        for kind, names in kinds.items():
            for name in names:
                # By value: a resolved recipe names every field.
                if self.by != kind and getattr(self, name) != type(self).model_fields[name].default:
                    raise ValueError(
                        f"{name}: belongs to by: {kind}, and by is {self.by}; remove one of them"
                    )
        if self.copy_similarity <= self.min_similarity:
            raise ValueError(
                f"copy_similarity {self.copy_similarity}: is not above min_similarity {self.min_similarity}, "
                "so that every related document would be a near-copy"
            )
        return self


class Order(Ordering):
    """The order of a stage: that of all of its channels that `channels` does not name."""

    bands: int = Field(1, ge=1, le=1000)
    """Bands of a curriculum. Each has the stage's mix, and packing never mixes two. With 1 a curriculum
    changes nothing; 4 to 10 are usual, since a hard sort gives updates of one kind of document."""
    channels: dict[str, Ordering] = {}
    """Source, or labels (`task=math`) → the order of these documents."""

    @model_validator(mode="after")
    def _has_bands(self) -> Self:
        orderings: list[Ordering] = [self, *self.channels.values()]
        curriculum = any(one.by == "curriculum" for one in orderings)
        if curriculum and self.bands == 1:
            raise ValueError("bands: 1 band is no curriculum; give 4 to 10, as in `bands: 5`")
        if not curriculum and self.bands != 1:
            raise ValueError(f"bands {self.bands}: nothing has by: curriculum; remove it")
        return self
