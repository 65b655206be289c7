"""A file that is gone while a training replaces it is looked for again, a few times."""

import pytest

from rewarm.runs.reread import reread


@pytest.mark.parametrize(("missing", "found"), [(0, True), (2, True), (3, False)])
def test_it_is_read_at_most_three_times(missing: int, found: bool) -> None:
    calls = 0

    def read() -> int:
        nonlocal calls
        calls += 1
        if calls <= missing:
            raise FileNotFoundError
        return calls

    if found:
        assert reread(read) == missing + 1
    else:
        with pytest.raises(FileNotFoundError):
            reread(read)
        assert calls == 3
