"""Check that what is released works outside of the repository: `python tools/release`.

    --uv           install with uv too; needs `uv` on the PATH
    --keep FOLDER  put the built sdist and wheel there

1. Build the sdist from the files that git knows, and the wheel from the unpacked sdist.
2. Compare the wheel with the package's folder: no file is missing, none is added.
3. Install the wheel into an empty environment and run commands there, in a folder of their own.
4. Run the `RUN pip` lines of the Containerfile with the files that it copies, and check its other lines.

Dependencies are not installed again: the environments see those of the Python that runs this.
Exit code 1 with a line for each fault.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import containerfile
import distribution
import environments


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--uv", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rewarm-release-") as name:
        work = Path(name)
        tree = distribution.copy_tree(work / "tree")
        built = distribution.build(tree, work / "dist")
        faults = distribution.faults(built.wheel, tree) + containerfile.faults(tree)
        print(f"built     {built.sdist.name} {built.sdist.stat().st_size / 1e6:.1f} MB, {built.wheel.name} "
              f"{built.wheel.stat().st_size / 1e6:.1f} MB")  # fmt: skip
        for installer in ("pip", "uv") if options.uv else ("pip",):
            place = environments.make(work / installer, installer)
            environments.install(place, installer, built.wheel)
            faults += [f"{installer}: {fault}" for fault in environments.faults(place)]
            print(f"installed with {installer}, and ran {len(environments.COMMANDS)} commands")
        place = environments.make(work / "container", "pip")
        ran = containerfile.run(tree, place)
        faults += [f"Containerfile: {fault}" for fault in environments.faults(place)]
        print(f"Containerfile: ran {ran} pip line{'s' * (ran != 1)}")
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            for file in (built.sdist, built.wheel):
                shutil.copy2(file, options.keep)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
