"""Names of authors in Office packages: who made the file, who changed it last."""

import xml.etree.ElementTree as tree
import zipfile

from rewarm.parse.office.package import part
from rewarm.parse.parsed import Unreadable

# OOXML core properties and OpenDocument meta: Dublin Core's creator, and each format's other one.
_PLACES = ("docProps/core.xml", "meta.xml")
_NAMES = ("creator", "initial-creator", "lastModifiedBy")
_LONGEST = 200


def authors(archive: zipfile.ZipFile) -> list[str]:
    """The names, each once, in the order of the file; none where the file's facts are missing or damaged."""
    found: list[str] = []
    for place in _PLACES:
        if place not in archive.namelist():
            continue
        try:
            root = tree.fromstring(part(archive, place))
        except (Unreadable, tree.ParseError):
            continue
        found += [
            one.text.strip() for one in root.iter() if one.tag.rpartition("}")[2] in _NAMES and one.text
        ]
    return unique(found)


def unique(names: list[str]) -> list[str]:
    """Each name once, without empty ones, cut to 200 characters."""
    return list(dict.fromkeys(name.strip()[:_LONGEST] for name in names if name.strip()))


def facts(names: list[str]) -> dict[str, str]:
    """The `meta` entry for these authors; nothing where there are none."""
    return {"authors": "; ".join(unique(names))} if unique(names) else {}
