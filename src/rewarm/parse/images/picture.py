"""Pages of a PDF as small pictures, for people who compare them with their text."""

import base64
from collections.abc import Iterator
from io import BytesIO

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Parsed

_WIDTH = 900


def read_pictures(job: Job) -> Iterator[Item]:
    """Pages `options["pages"]`: an item a page, a PNG in base64 in `meta`."""
    import pypdfium2

    document = pypdfium2.PdfDocument(job.path)
    try:
        for number in job.options["pages"]:
            position = str(number)
            if position in job.skip or not 1 <= number <= len(document):
                continue
            job.begin(position)
            page = document[number - 1]
            picture = page.render(scale=min(3.0, _WIDTH / max(page.get_width(), 1.0))).to_pil()
            page.close()
            out = BytesIO()
            picture.convert("P", colors=64).save(out, "PNG")
            yield Parsed(position, "", "picture", (), {"png": base64.b64encode(out.getvalue()).decode()})
    finally:
        document.close()
