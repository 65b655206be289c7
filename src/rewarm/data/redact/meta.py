"""A record's other fields, without personal data: they travel beside the text into every later table."""

from collections.abc import Mapping

import orjson

from rewarm.data.redact.surrogates import surrogate
from rewarm.pii import find


def redact_meta(meta: str, key: bytes, actions: Mapping[str, str]) -> str:
    """The JSON with surrogates for every type that is not left; the same as in the text of the same key.

    A field's name is the label of its value, as in {"phone": 13800138000}. JSON that cannot be read
    becomes {}.
    """
    if meta in ("", "{}"):
        return meta
    try:
        return orjson.dumps(_walked("", orjson.loads(meta), key, actions)).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return "{}"


def _walked(name: str, value: object, key: bytes, actions: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {field: _walked(str(field), inner, key, actions) for field, inner in value.items()}
    if isinstance(value, list):
        return [_walked(name, inner, key, actions) for inner in value]
    # A column of whole numbers with a gap came as fractions: 13800138000.0.
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(value, str) or (isinstance(whole, int) and abs(whole) >= 10**6):
        given = str(whole)
        label = f"{name.replace('_', ' ')}: "
        text = label + given
        parts, at = [], len(label)
        found = find(text, actions)
        if "\n" in given:
            # The first line may be a table's head, which a label before it would hide.
            bare = (item._replace(start=item.start + at, end=item.end + at) for item in find(given, actions))
            found = sorted([*found, *bare])
        for item in found:
            if item.start >= at:
                parts += [text[at : item.start], surrogate(key, item.type, text[item.start : item.end])]
                at = item.end
        new = "".join([*parts, text[at:]])
        return value if new == given else new
    return value
