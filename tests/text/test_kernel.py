"""What compiled kernels are kept for."""

from pathlib import Path

import rewarm
from rewarm.text.kernel import sources


def test_kernels_are_kept_for_the_sources_that_they_are_made_of() -> None:
    root = Path(rewarm.__file__).parent
    found = {path.relative_to(root).as_posix() for path in sources(root)}
    kernels = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "\n@kernel\n" in path.read_text(encoding="utf-8")
    }
    assert kernels and kernels <= found
    # A constant of another file is compiled in.
    assert "data/clean/measures.py" in found
