"""The key of a text for comparing: the hash of its folded form, the same on every machine."""

import hashlib
import unicodedata


def text_hash(text: str) -> int:
    """64 bits of the text with case, width (NFKC) and spacing folded."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return int.from_bytes(hashlib.blake2b(folded.encode("utf-8", "replace"), digest_size=8).digest(), "big")
