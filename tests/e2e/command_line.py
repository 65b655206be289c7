"""How the end-to-end tests call the command line, and what they feed it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from warm import WarmInterpreter, WarmProcess

_WARM = WarmInterpreter()
# What a forked child cannot take up any more.
_MODULES = os.environ.get("PYTHONPATH")
WORDS = "the server stores a backup of each volume and returns an error when a key is not valid".split()  # noqa: SIM905
HAN = "法律规定当事人应当按照合同约定履行义务不得擅自变更或者解除合同人民法院依法受理案件"


def document(kind: str, number: int) -> str:
    rng = random.Random(f"{kind}{number}")
    if kind == "law":
        return "".join(rng.choices(HAN, k=rng.randint(80, 400))) + f"第{number}条。"
    return f"Item {number}: " + " ".join(rng.choices(WORDS, k=rng.randint(30, 160))) + "."


def write_recipe(folder: Path, model: Path, /, **changes: object) -> Path:
    recipe = {
        "name": "small",
        "model": str(model),
        "seed": 3,
        "sources": [
            {"name": "law", "path": "law", "labels": {"language": "zh", "task": "domain"}},
            {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}},
        ],
        "redact": {"enabled": False},  # characters drawn by chance form names by chance
        "holdout": {"min_documents": 8, "max_documents": 8},
        "pack": {"seq_len": 64, "window": 100},
        "train": {"batch_tokens": 256, "micro_batch": 4, "precision": "fp32", "checkpoint_updates": 2},
        "evaluate": {"bootstrap": 100},
        "stages": [
            {"name": "adapt", "tokens": 3000, "mix": {"law": 0.6, "api": 0.4}, "schedule": {"peak": 1e-3}},
            {"name": "anneal", "tokens": 1000, "mix": {"law": 0.5, "api": 0.5}, "best": 0.5},
        ],
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**recipe, **changes}, sort_keys=False, allow_unicode=True))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from rewarm.cli.main import main; main()", *map(str, arguments)]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "REWARM_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}


def start(folder: Path, *arguments: object, **variables: str) -> WarmProcess:
    """Begin `rewarm ARGUMENTS` in `folder`, with more environment variables; to be killed, or waited for."""
    return _WARM.start([*map(str, arguments)], folder, {**environment(folder), **variables})


def kill_when(process: WarmProcess, seen: Callable[[], bool], number: int = signal.SIGKILL) -> bool:
    """Send the signal when `seen` says so; whether the process was still running then."""
    while process.poll() is None and not seen():
        time.sleep(0.0005)
    alive = process.poll() is None
    process.send_signal(number)
    process.wait()
    return alive


class Ranks:
    """`rewarm ARGUMENTS` as the ranks of one job, as torchrun would start them. When one fails, all end."""

    def __init__(self, folder: Path, ranks: int, *arguments: object) -> None:
        from torch.distributed import TCPStore

        self._store = TCPStore("localhost", 0, is_master=True)
        shared = {
            "WORLD_SIZE": str(ranks), "MASTER_ADDR": "localhost", "MASTER_PORT": str(self._store.port),
        }  # fmt: skip
        self.processes = [
            start(folder, *arguments, RANK=str(rank), LOCAL_RANK=str(rank), **shared) for rank in range(ranks)
        ]

    def poll(self) -> int | None:
        codes = [process.poll() for process in self.processes]
        failed = [code for code in codes if code]
        if failed:
            self.kill()
        return failed[0] if failed else 0 if None not in codes else None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.005)
        code = self.poll()
        assert code is not None
        return code

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def said(self) -> str:
        """What all of them printed."""
        return "".join("".join(process.communicate()) for process in self.processes)


def rewarm(folder: Path, *arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """Run `rewarm ARGUMENTS` in `folder`. Options of subprocess.run, or another PYTHONPATH, start an
    interpreter of its own."""
    if not more and os.environ.get("PYTHONPATH") == _MODULES:
        return start(folder, *arguments).completed()
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment(folder), capture_output=True, text=True, **more
    )
