"""Tokens per update, from the budget.

Pre-training works with about 4 M tokens an update over hundreds of thousands of updates. A budget of a
thousandth wants smaller updates rather than few of them: the rate must be able to rise and fall, and the
guard and the channel curves need a past. 500 updates are the least that we plan for.
"""

MOST = 4 * 2**20
UPDATES = 500


def batch_tokens(budget: int, longest: int) -> tuple[int, str]:
    """A power of two times `longest`, the tokens of the longest sequence; and the reason in words."""
    sequences = max(1, min(MOST, budget // UPDATES) // longest)
    size = longest * 2 ** (sequences.bit_length() - 1)
    if size * 2 > MOST:
        why = f"near the {MOST:,} of pre-training"
    elif budget // size < UPDATES:
        why = f"one sequence; {budget:,} tokens make only {max(1, budget // size):,} updates of it"
    else:
        why = f"{budget:,} tokens in {budget // size:,} updates, at least {UPDATES}"
    return size, why
