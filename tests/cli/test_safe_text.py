"""Text of documents on a terminal."""

from rewarm.cli.terminal import safe


def test_control_characters_are_replaced_and_spaces_stay() -> None:
    assert safe("Contents\t21\n1\u20032\u00a03\u3000四") == "Contents\t21\n1\u20032\u00a03\u3000四"
    assert safe("\x1b[31mred\x07 \u202egnol\u202c\x9b") == "\ufffd[31mred\ufffd \ufffdgnol\ufffd\ufffd"
