"""How ranks find each other, and how rank 0 hands the others a training step.

Rank 0 does what there is to do before and after training; the others wait in `follow`. All talk
through the store of torchrun's agent, which outlives a restart, and then holds what a former
attempt said. The restart's count does not tell attempts apart: with several nodes every agent
counts its own. So ranks meet: a follower leaves a word that nobody used before, rank 0 answers it
with the name of this attempt, and goes on when all have answered back.
"""

import json
import os
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch.distributed as dist

from rewarm.engine.work import Work

_DAYS = timedelta(days=14)  # followers wait for data steps
_REACHED = timedelta(minutes=5)  # the store is there before the workers are
_LOOK = 0.05  # seconds between two looks for followers
_name = ""  # of this attempt, when the ranks have met
_steps = 0  # handed out


def rank() -> int:
    """This process's number under torchrun; 0 without."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def local_rank() -> int:
    """Its number on this machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def follow() -> None:
    """What every rank but 0 does: train when rank 0 says so, until it says that all is done."""
    from rewarm.train import step

    number = 0
    while True:
        said = json.loads(attempt().get(f"step/{number}"))
        if said is None:
            return
        inputs = {name: Path(path) for name, path in said["inputs"].items()}
        tables = {name: list(map(Path, paths)) for name, paths in said["tables"].items()}
        step.run(Work(said["step"], Path(said["folder"]), said["config"], inputs, tables=tables))
        number += 1


def call(work: Work) -> Any:
    """Rank 0 calls the others to this step; a store for the step's process group, on every rank."""
    global _steps
    if rank() == 0:
        said = {
            "step": work.step,
            "folder": str(work.folder.absolute()),
            "config": work.config,
            "inputs": {name: str(path.absolute()) for name, path in work.inputs.items()},
            "tables": {name: [str(path.absolute()) for path in paths] for name, paths in work.tables.items()},
        }
        attempt().set(f"step/{_steps}", json.dumps(said))
    own = dist.PrefixStore(f"group/{_steps}", attempt())
    _steps += 1
    return own


def dismiss() -> None:
    """Rank 0, at the end: let the others go."""
    if world() > 1 and rank() == 0:
        attempt().set(f"step/{_steps}", json.dumps(None))


def attempt() -> Any:
    """A store of this attempt; the first call meets the other ranks.

    Every caller has a connection of its own: a process group sets its timeout to its own needs.
    """
    global _name
    agent = dist.TCPStore(
        os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False, timeout=_REACHED
    )
    agent.set_timeout(_DAYS)
    _name = _name or meet(agent, rank(), world())
    return dist.PrefixStore(_name, agent)


def meet(store: Any, rank: int, world: int) -> str:
    """A name that all ranks of this attempt share and that no attempt before used."""
    word = uuid.uuid4().hex
    if rank:
        store.set(f"rewarm/hello/{rank}", word)
        name = str(store.get(f"rewarm/answer/{word}").decode())
        store.set(f"{name}/here/{rank}", "")
        return name
    name = f"rewarm/{word}"
    missing, answered = set(range(1, world)), set[str]()
    while missing:
        for other in sorted(missing):
            # What stands there may be of a rank that a former attempt lost: it never answers back.
            if store.check([f"rewarm/hello/{other}"]):
                said = store.get(f"rewarm/hello/{other}").decode()
                if said not in answered:
                    store.set(f"rewarm/answer/{said}", name)
                    answered.add(said)
            if store.check([f"{name}/here/{other}"]):
                missing.discard(other)
        time.sleep(_LOOK if missing else 0)
    return name
