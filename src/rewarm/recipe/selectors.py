"""What a mix names: a source, or the documents with some labels (`task=math`, `language=zh,task=general`)."""

SOURCE = "source"


def parse(text: str) -> dict[str, str]:
    """Axis → value that a selector asks for; a bare name is a source.

    Raises ValueError for one that cannot be read.
    """
    if "=" not in text:
        return {SOURCE: text}
    found: dict[str, str] = {}
    for part in text.split(","):
        axis, equals, value = (side.strip() for side in part.partition("="))
        if not (axis and equals and value):
            raise ValueError(f"'{text}' is not a selector; write AXIS=VALUE, several with commas between")
        if axis in found:
            raise ValueError(f"'{text}' asks for {axis} twice; no document has two values on one axis")
        found[axis] = value
    return found
