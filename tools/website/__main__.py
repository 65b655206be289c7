"""Build the documentation site into .site/html: `make site`.

    python tools/website                 # stage the pages, build, check
    python tools/website --stage         # only write .site/docs and .site/zensical.toml
    python tools/website --serve         # build again at every change of .site/docs, on localhost:8000

The pages are the files of docs/, the README in two languages, CONTRIBUTING.md and CHANGELOG.md, in the order
of docs/navigation.yaml, and three reference pages from the code. Zensical builds them with `--strict`, which
rejects links to pages and headings that do not exist; `site_faults.py` rejects what it lets through.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import site_faults
import stage_pages

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".site"


def main() -> None:
    """Stage, build and check. Exit code 1 for a page that does not build or a link that leads nowhere."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--stage", action="store_true")
    options.add_argument("--serve", action="store_true")
    given = options.parse_args()
    for notice in stage_pages.stage(ROOT, BUILD):
        print(notice, file=sys.stderr)
    if given.stage:
        return
    zensical = [str(Path(sys.executable).with_name("zensical"))]
    configuration = ["--config-file", str(BUILD / "zensical.toml")]
    if given.serve:
        sys.exit(subprocess.run([*zensical, "serve", *configuration]).returncode)
    shutil.rmtree(BUILD / "html", ignore_errors=True)
    built = subprocess.run([*zensical, "build", "--clean", "--strict", *configuration])
    if built.returncode:
        sys.exit(1)
    faults = site_faults.faults(BUILD / "html")
    for fault in faults:
        print(fault, file=sys.stderr)
    pages = sum(1 for _ in (BUILD / "html").rglob("index.html"))
    print(f"{pages} pages in {BUILD / 'html'}, {len(faults)} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
