"""What is read of documents: the recipe's choices, the source's above them, and masks from marked parts."""

from rewarm.data.collect import parsed_files
from rewarm.parse.parsed import Page, Parsed
from rewarm.recipe import Collect, Source

TEXT = "Body.\n\n1Note.\n\n[1] Entry."
PAGES = (Page(1, 0, 13, spans=(("footnote", 7, 13),)), Page(2, 13, 25, spans=(("reference", 15, 25),)))


def chosen(collect: dict, source: dict | None):
    options = Collect.model_validate({"parse": collect}).model_dump(mode="json")
    given = {"name": "a", "path": "a", **({"parse": source} if source is not None else {})}
    return parsed_files.reading(options, Source.model_validate(given).model_dump(mode="json"))


def test_a_source_may_read_otherwise_than_the_rest():
    common = {"include": ["comments"], "footnotes": "mask", "ocr": "never"}
    assert chosen(common, None).include == {"comments"} and not chosen(common, None).ocr
    own = chosen(common, {"include": [], "references": "drop"})
    assert not own.include and own.references == "drop" and own.footnotes == "mask"
    assert chosen({}, {"ocr": "never", "layout": "auto"}).layout and not chosen({}, {"ocr": "never"}).ocr
    assert chosen({}, None).formulas == "mark" and chosen({}, None).ocr


def test_masked_parts_become_mask_spans():
    document = Parsed("", TEXT, "pdf", PAGES)
    assert parsed_files.to_item(document).masks == []
    masked = chosen({"footnotes": "mask"}, None).masked()
    record = parsed_files.to_item(document, masked)
    assert [TEXT[start:end] for start, end in record.masks] == ["1Note."]
    both = chosen({"footnotes": "mask", "references": "mask"}, None).masked()
    assert [TEXT[start:end] for start, end in parsed_files.to_item(document, both).masks] == [
        "1Note.",
        "[1] Entry.",
    ]
