"""Arithmetic of changes."""

import pytest

from rewarm.diagnose.change import Change


def test_a_difference_of_changes_has_the_errors_of_both() -> None:
    found = Change(-0.5, 0.03, held_out=True).minus(Change(-0.2, 0.04))
    assert (found.nats, found.error, found.held_out) == (pytest.approx(-0.3), pytest.approx(0.05), True)
