"""What a sample of text is like."""

from rewarm.diagnose.texts import look

PROSE = ["The clerk reads the file and writes a note on page one.", "法院应当依法审理案件，并及时作出判决。"]


def test_plain_text_is_not_garbled() -> None:
    found = look(["a", "b"], PROSE)
    assert found is not None and found.garbled == 0 and found.markup < 0.01
    assert found.framed == 0 and found.copies == 0


def test_wrong_encodings_are_garbled_and_named() -> None:
    wrong = PROSE[1].encode().decode("latin-1")
    found = look(["a", "b", "c"], [PROSE[0], wrong, "caf\ufffd d\ufffdj\ufffd vu"])
    assert found is not None and found.garbled > 0.1 and set(found.worst[:2]) == {"b", "c"}


def test_lines_that_documents_share_are_a_frame_and_not_copies() -> None:
    texts = [f"Terms and conditions apply to all.\nOrder {number} is {number}" for number in range(20)]
    found = look([str(number) for number in range(20)], texts)
    assert found is not None and found.framed > 0.6 and found.copies == 0


def test_a_short_text_of_its_own_in_a_long_frame_is_no_copy() -> None:
    frame = "\n".join(f"Clause {number} of the terms applies to every order." for number in range(20))
    texts = [f"{frame}\nOrder number {number}" for number in range(100, 120)]
    found = look([str(number) for number in range(20)], texts)
    assert found is not None and found.framed > 0.95 and found.copies == 0


def test_copies_are_counted_and_are_no_frame() -> None:
    texts = [f"Line {number % 40} of a file.\nAnother line, {number % 40}." for number in range(70)]
    found = look([str(number) for number in range(70)], texts)
    assert (
        found is not None
        and found.copies == 60 / 70
        and found.framed == 0
        and found.copied == ("0", "1", "2")
    )


def test_json_is_markup_and_no_sample_is_none() -> None:
    found = look(["a"], ['{"key": [1, 2], "other": {"x": "y"}}' * 5])
    assert found is not None and found.markup > 0.3 and found.compressed < 0.5
    assert look([], []) is None
