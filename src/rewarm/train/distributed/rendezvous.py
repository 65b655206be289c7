"""How ranks find each other, and how rank 0 hands the others a training step.

Rank 0 does what there is to do before and after training; the others wait in `calls`. All communication
through the store of torchrun's agent, which outlives a restart, and then holds what an earlier
attempt wrote. The restart's count does not tell attempts apart: with several nodes every agent
counts its own. So ranks meet: a follower leaves a word that nobody used before, rank 0 answers it
with the name of this attempt, and goes on when all have confirmed it.
"""

import json
import os
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import torch.distributed as dist

from rewarm.engine.work import Work

_DAYS = timedelta(days=14)  # followers wait for data steps
_REACHED = timedelta(minutes=5)  # the store is there before the workers are
_POLL = 0.05  # seconds between two checks for followers
_name = ""  # of this attempt, when the ranks have met
_announced = 0  # training steps


def rank() -> int:
    """This process's number under torchrun; 0 without."""
    return int(os.environ.get("RANK", "0"))


def world_size() -> int:
    """Processes that torchrun started (WORLD_SIZE); 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def local_rank() -> int:
    """Its number on this machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def calls() -> Iterator[Work]:
    """On every rank but 0: the training steps that rank 0 announces, until it dismisses the others."""
    number = 0
    while True:
        message = json.loads(attempt().get(f"step/{number}"))
        if message is None:
            return
        tables = {name: list(map(Path, paths)) for name, paths in message["tables"].items()}
        yield Work(message["step"], Path(message["folder"]), message["config"], tables)
        number += 1


def announce(work: Work) -> dist.Store:
    """Rank 0 tells the others of this step; on every rank, a store for the step's process group."""
    global _announced
    if rank() == 0:
        message = {
            "step": work.step,
            "folder": str(work.folder.absolute()),
            "config": work.config,
            "tables": {name: [str(path.absolute()) for path in paths] for name, paths in work.tables.items()},
        }
        attempt().set(f"step/{_announced}", json.dumps(message))
    store = dist.PrefixStore(f"group/{_announced}", attempt())
    _announced += 1
    return store


def dismiss() -> None:
    """Rank 0, at the end: let the others go."""
    if world_size() > 1 and rank() == 0:
        attempt().set(f"step/{_announced}", json.dumps(None))


def attempt() -> dist.Store:
    """A store of this attempt; the first call meets the other ranks.

    Every caller has a connection of its own: a process group sets its timeout to its own needs.
    """
    global _name
    agent = dist.TCPStore(
        os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False, timeout=_REACHED
    )
    agent.set_timeout(_DAYS)
    _name = _name or meet(agent, rank(), world_size())
    return dist.PrefixStore(_name, agent)


def meet(store: dist.Store, rank: int, world_size: int) -> str:
    """A name that all ranks of this attempt share and that no earlier attempt used."""
    word = uuid.uuid4().hex
    if rank:
        store.set(f"rewarm/hello/{rank}", word)
        name = str(store.get(f"rewarm/answer/{word}").decode())
        store.set(f"{name}/here/{rank}", "")
        return name
    name = f"rewarm/{word}"
    missing, answered = set(range(1, world_size)), set[str]()
    while missing:
        for other in sorted(missing):
            # The word may be of a rank that an earlier attempt lost: it never confirms.
            if store.check([f"rewarm/hello/{other}"]):
                hello = store.get(f"rewarm/hello/{other}").decode()
                if hello not in answered:
                    store.set(f"rewarm/answer/{hello}", name)
                    answered.add(hello)
            if store.check([f"{name}/here/{other}"]):
                missing.discard(other)
        time.sleep(_POLL if missing else 0)
    return name
