"""Continue the pre-training of an open base model on a domain, and keep the rest.

The Python API (docs/api.md) is imported when it is used, so that `import rewarm` costs nothing.
"""

TYPE_CHECKING = False  # as type checkers read it, without importing typing
if TYPE_CHECKING:
    from rewarm.api import load, run
    from rewarm.errors import RewarmError
    from rewarm.runs.run import Run

__all__ = ["RewarmError", "Run", "load", "run"]


def __getattr__(name: str) -> object:
    if name == "Run":
        from rewarm.runs.run import Run

        return Run
    if name == "RewarmError":
        from rewarm.errors import RewarmError

        return RewarmError
    if name in ("load", "run"):
        from rewarm import api

        return getattr(api, name)
    raise AttributeError(f"module 'rewarm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
