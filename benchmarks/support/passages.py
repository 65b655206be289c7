"""Short passages of long documents, so that a small budget holds many documents."""

import random


def passage(text: str, size: int, rng: random.Random) -> str:
    """About `size` bytes of the text from the start of a random line on, or all of a shorter one."""
    encoded = text.encode()
    lines = [0, *(at + 1 for at, byte in enumerate(encoded) if byte == 0x0A)]
    starts = [at for at in lines if at + size <= len(encoded)] or [0]
    at = rng.choice(starts)
    return encoded[at : at + size].decode(errors="ignore")
