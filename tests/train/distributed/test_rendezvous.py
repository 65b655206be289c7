"""Ranks meet under one name, whatever a former attempt left in the store."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import torch.distributed as dist

from rewarm.train.distributed.rendezvous import meet


def opened() -> dist.TCPStore:
    return dist.TCPStore("127.0.0.1", 0, is_master=True, timeout=timedelta(seconds=60))


def met(store: dist.TCPStore, world: int, late: tuple[int, ...] = ()) -> set[str]:
    """The names that all ranks found; `late` ranks come when rank 0 looks for them already."""

    def found(rank: int) -> str:
        own = dist.TCPStore("127.0.0.1", store.port, is_master=False, timeout=timedelta(seconds=60))
        return meet(own, rank, world)

    with ThreadPoolExecutor(world) as pool:
        early = [pool.submit(found, rank) for rank in range(world) if rank not in late]
        time.sleep(0.2)
        rest = [pool.submit(found, rank) for rank in late]
        return {one.result(timeout=60) for one in [*early, *rest]}


def test_every_attempt_has_a_name_of_its_own() -> None:
    store = opened()
    names = [met(store, 3, late) for late in ((), (1, 2), (0,), (2,))]
    assert all(len(found) == 1 for found in names)
    assert len(set.union(*names)) == 4


def test_a_follower_that_was_killed_before_the_meeting_is_not_waited_for() -> None:
    store = opened()
    for rank in (1, 2):
        store.set(f"rewarm/hello/{rank}", "left by a rank that is dead")
    assert len(met(store, 3, (1, 2))) == 1
