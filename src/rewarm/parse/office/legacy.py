"""DOC, XLS, PPT: converted by LibreOffice where it is installed, in a profile of its own; else listed."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rewarm.parse.job import Job
from rewarm.parse.office.sheets import read_xlsx
from rewarm.parse.office.slides import read_pptx
from rewarm.parse.office.word import read_docx
from rewarm.parse.parsed import Item, Unreadable

_TARGETS = (("WordDocument", "docx"), ("Workbook", "xlsx"), ("Book", "xlsx"), ("PowerPoint Document", "pptx"))
_READERS = {"docx": read_docx, "xlsx": read_xlsx, "pptx": read_pptx}


def read_legacy(job: Job) -> Iterator[Item]:
    """The items of the converted file."""
    with job.path.open("rb") as stream:
        head = stream.read(2**22)
    if "EncryptedPackage".encode("utf-16-le") in head:
        raise Unreadable("parse.encrypted", "is encrypted: save it without a password")
    target = next((kind for name, kind in _TARGETS if name.encode("utf-16-le") in head), None)
    if target is None:
        raise Unreadable("parse.unknown_format", "is an OLE container, but no Word, Excel or PowerPoint file")
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise Unreadable(
            "parse.legacy_office", f"needs LibreOffice (soffice) to be read, or to be saved as .{target}"
        )
    with tempfile.TemporaryDirectory(prefix="rewarm-office-") as folder:
        command = [
            program,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            target,
        ]
        subprocess.run(
            [*command, "--outdir", folder, str(job.path)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=job.limits.stall * 0.9, check=False,
        )  # fmt: skip
        made = next(Path(folder).glob(f"*.{target}"), None)
        if made is None:
            raise Unreadable("parse.legacy_office", "LibreOffice could not convert it")
        yield from _READERS[target](replace(job, path=made, kind=target))
