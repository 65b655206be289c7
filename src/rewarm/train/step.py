"""The step `train`, alone or under torchrun."""

from rewarm.engine.work import Counts, Work
from rewarm.model import causal_lm
from rewarm.trackers import notifier
from rewarm.train import export
from rewarm.train.distributed import ranks, rendezvous
from rewarm.train.loop import Training


def run(work: Work) -> Counts:
    """pack, tokenize (heldout, leaves, token_bytes), baseline, model → model/, metrics/, incidents.jsonl.

    Under torchrun on all ranks.
    """
    finished = export.finished(work.folder)
    if finished is not None:
        return finished
    device = causal_lm.device_of(work.config["free"]["device"])
    with ranks.together(work, device) as group, notifier.of_step(work, first=group.first) as notify:
        return Training(work, group, notify).run()


def follow() -> None:
    """On every rank but 0: train whenever rank 0 announces a training, until it announces the end."""
    for work in rendezvous.calls():
        run(work)
