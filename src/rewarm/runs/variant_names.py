"""Names of variants that leave sources out, as in `without-web` or `fast-without-web`."""

from collections.abc import Sequence


def without(names: Sequence[str], variant: str = "") -> str:
    """The variant's name. names: the sources that it leaves out; variant: the one that it changes."""
    return "-".join([*([variant] if variant else []), "without", *names])


def with_sources(variant: str, names: Sequence[str]) -> str:
    """The variant that `variant` changes, "" for the recipe itself. names: the sources that it leaves out."""
    if not names:
        return variant
    own = without(names)
    return "" if variant == own else variant.removesuffix(f"-{own}")
