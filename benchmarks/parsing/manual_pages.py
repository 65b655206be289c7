"""Pages of manuals that Texinfo and DocBook (dblatex) typeset."""

from xml.sax.saxutils import escape

from made_pages import Typeset

from parsing.tex_source import Source, compiled

_TEXINFO = str.maketrans({"@": "@@", "{": "@{", "}": "@}", "§": "Section "})


class _Texinfo(Source):
    def shown(self, sentences: int) -> str:
        return self.words(sentences).replace("§", "Section ")

    def prose(self, paragraphs: int, sentences: int = 5) -> None:
        for _ in range(paragraphs):
            text = self.shown(sentences)
            self.add(text.translate(_TEXINFO), text)

    def typeset(self, name: str) -> Typeset:
        source = "\\input texinfo\n@settitle A Manual\n" + "\n\n".join(self.source) + "\n@bye\n"
        return Typeset(name, compiled("pdftex", source, "page.texi"), tuple(self.text))


def texinfo_manual(seed: int) -> Typeset:
    page = _Texinfo("texinfo_manual", seed)
    for chapter in range(1, 3):
        title = page.title()
        page.add(f"@chapter {title}", f"{chapter} {title}")
        page.prose(2)
        for section in range(1, 3):
            title = page.title()
            page.add(f"@section {title}", f"{chapter}.{section} {title}")
            page.prose(3)
            entries = [page.shown(1) for _ in range(3)]
            body = "\n".join(f"@item\n{one.translate(_TEXINFO)}" for one in entries)
            page.add(f"@itemize @bullet\n{body}\n@end itemize", *(f"• {one}" for one in entries))
            page.add(
                "@example\nls -l /usr/share\nmake install\n@end example", "ls -l /usr/share", "make install"
            )
            page.prose(2)
    return page.typeset(f"texinfo_manual-{seed}")


def texinfo_reference(seed: int) -> Typeset:
    """Definitions of functions, and a table of options."""
    page = _Texinfo("texinfo_reference", seed)
    page.add("@chapter Functions", "1 Functions")
    for name in ("open", "close", "seek"):
        text = page.shown(3)
        page.add(
            f"@deffn Function {name} stream offset\n{text.translate(_TEXINFO)}\n@end deffn",
            f"{name} stream offset [Function]",
            text,
        )
    page.prose(2)
    rows = [(f"--{word}", page.shown(1)) for word in ("verbose", "quiet", "output")]
    body = "\n".join(f"@item {name}\n{text.translate(_TEXINFO)}" for name, text in rows)
    page.add(f"@table @code\n{body}\n@end table", *(part for row in rows for part in row))
    page.prose(3)
    return page.typeset(f"texinfo_reference-{seed}")


class _DocBook(Source):
    def element(self, tag: str, text: str) -> str:
        return f"<{tag}>{escape(text)}</{tag}>"

    def prose(self, paragraphs: int, sentences: int = 5) -> None:
        for _ in range(paragraphs):
            text = self.words(sentences)
            self.add(self.element("para", text), text)

    def typeset(self, name: str) -> Typeset:
        source = (
            '<?xml version="1.0"?>\n<book xmlns="http://docbook.org/ns/docbook" version="5.0">'
            "<title>Manual</title>" + "\n".join(self.source) + "</book>\n"
        )
        return Typeset(name, compiled("dblatex", source, "page.xml"), ("Manual", *self.text))


def docbook_manual(seed: int) -> Typeset:
    page = _DocBook("docbook_manual", seed)
    for chapter in range(1, 3):
        title = page.title()
        page.add(f"<chapter>{page.element('title', title)}", f"Chapter {chapter}", title)
        page.prose(3)
        for section in range(1, 3):
            title = page.title()
            page.add(f"<section>{page.element('title', title)}", f"{chapter}.{section} {title}")
            page.prose(2)
            entries = [page.words(1) for _ in range(3)]
            items = "".join(f"<listitem>{page.element('para', one)}</listitem>" for one in entries)
            page.add(f"<itemizedlist>{items}</itemizedlist>", *(f"• {one}" for one in entries))
            lines = ("ls -l /usr/share", "make install")
            page.add(page.element("programlisting", "\n".join(lines)), *lines)
            page.prose(2)
            page.add("</section>")
        page.add("</chapter>")
    return page.typeset(f"docbook_manual-{seed}")


TEXINFO = (texinfo_manual, texinfo_reference)
DOCBOOK = (docbook_manual,)
