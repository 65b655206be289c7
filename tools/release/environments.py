"""Empty Python environments that see installed dependencies, and the commands to run in them."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

# After installing, by what each needs of the wheel: entry point and metadata; settings; a template; tables
# in YAML. The model's name states its size, so no hub is asked.
COMMANDS = (
    ["--version"],
    ["schema"],
    ["init", "case", "--model", "owner/base-1B", "--domain", "texts", "--tokens", "40k"],
    ["plan", "case/recipe.yaml", "--gpu", "h100", "--cards", "1"],
)


def make(folder: Path, installer: str) -> Path:
    """An environment without packages. A .pth file adds the folder of installed dependencies at the end of
    the path; .pth files in it, such as that of an editable rewarm, have no effect."""
    program = ["uv", "venv", "-q", "--python", sys.executable] if installer == "uv" else \
        [sys.executable, "-m", "venv", "--without-pip"]  # fmt: skip
    subprocess.run([*program, str(folder)], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def environment() -> dict[str, str]:
    """Without what would let the repository be imported, or a hub be asked."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "HF_HUB_OFFLINE": "1"}


def pip(place: Path, *arguments: str) -> None:
    """`pip ARGUMENTS` of this Python for that environment."""
    command = [sys.executable, "-m", "pip", "--python", str(place / "bin/python"), *arguments]
    subprocess.run(command, check=True, env=environment())


def install(place: Path, installer: str, wheel: Path) -> None:
    """Install one wheel and nothing else."""
    if installer == "uv":
        command = ["uv", "pip", "install", "-q", "--no-deps", "--offline"]
        subprocess.run([*command, "--python", str(place / "bin/python"), str(wheel)], check=True)
    else:
        pip(place, "install", "-q", "--no-deps", "--no-index", str(wheel))


def faults(place: Path) -> list[str]:
    """Commands that fail; or a rewarm from elsewhere."""
    folder = place / "work"
    (folder / "texts").mkdir(parents=True)
    (folder / "texts/a.txt").write_text("The lease ends after three months. " * 50)
    found = []
    code = "import rewarm; print(rewarm.__file__)"
    where = _run([str(place / "bin/python"), "-c", code], folder)
    if not where.stdout.startswith(str(place)):
        found.append(f"imports rewarm from {where.stdout.strip() or where.stderr[-500:]}, not from {place}")
    for command in COMMANDS:
        ended = _run([str(place / "bin/rewarm"), *command], folder)
        if ended.returncode or not ended.stdout:
            found.append(f"rewarm {' '.join(command)}: exit code {ended.returncode}\n{ended.stderr[-1000:]}")
    return found


def _run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
