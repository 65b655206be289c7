"""The files of the page: what is served besides `api/`, by its address. No other file is."""

from pathlib import Path

from rewarm import report

_FOLDER = Path(__file__).with_name("page")
# The report and the board look alike.
_SHARED = Path(report.__file__).with_name("page.css")
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", "": "text/plain"}


def files() -> dict[str, tuple[str, bytes]]:
    """Address → media type and content. The page itself has the empty address."""
    found = {}
    for path in sorted(_FOLDER.rglob("*")):
        if path.is_file() and path.suffix in _TYPES:
            name = path.relative_to(_FOLDER).as_posix()
            kind = f"{_TYPES[path.suffix]}; charset=utf-8"
            found["" if name == "board.html" else name] = (kind, path.read_bytes())
    found["report.css"] = (f"{_TYPES['.css']}; charset=utf-8", _SHARED.read_bytes())
    return found
