"""HTML pages that need no network and no server, for people to judge answers and items.

Texts, script and style are in the file. Its content policy allows only the script whose hash it names. Texts
come from strangers: they reach the page as JSON in which `<`, `>` and `&` are escaped, the script shows them
with `textContent`, and controls that change the direction of text or are invisible are shown by their code.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

# Overrides, embeddings and isolates of direction; C0 and C1 but tab and line feed.
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\ufeff]")


def html(template: Path, data: dict[str, Any], **values: str) -> str:
    """The page of a template `NAME.html` with the script `NAME.js` beside it.

    data: what the script shows; values: further variables of the template.
    """
    import jinja2
    from markupsafe import Markup

    script = template.with_suffix(".js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(template.parent), autoescape=True)
    # Escaped inside JSON's strings, where `<` can only stand: no text ends the element.
    text = json.dumps(data)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return environment.get_template(template.name).render(
        data=Markup(text), script=Markup(script), digest=digest, **values
    )


def visible(text: str) -> str:
    """The text with controls that hide or turn round what follows shown by their code."""
    return _CONTROLS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text.replace("\r\n", "\n"))
