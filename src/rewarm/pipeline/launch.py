"""The command that runs a recipe on several processes: torchrun, or Slurm around it.

Data steps need no GPU, so they come first, on one machine; the training command finds them done.
"""

import shlex
from pathlib import Path

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe

_PORT = 29500
# A lost rank or node costs the updates since the newest checkpoint, not the night.
_RESTARTS = "--max-restarts 3"
# Seconds that torchrun leaves its workers after a signal: its own 30 are short for a large checkpoint.
_SHUTDOWN = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT=110"


def command(recipe: Recipe, path: Path, *, nodes: int, processes: int, slurm: bool, answer: str = "") -> str:
    """Shell lines. nodes x processes ranks; every node needs the same files under the same paths.

    answer: `--continue` or `--restart-training`, for a training that was begun under other settings. It is
    given to all ranks; rank 0 acts on it, and torchrun's restarts find that it was done.

    Raises RewarmError when the ranks do not make the groups that the recipe asks for.
    """
    ranks = nodes * processes
    if nodes < 1 or processes < 1:
        raise RewarmError(f"launch: {nodes} nodes of {processes} processes run nothing; give 1 or more")
    parallel = recipe.train.parallel
    if ranks % (parallel.replicas * parallel.tensor):
        raise RewarmError(
            f"train.parallel.replicas x tensor: {ranks} ranks do not make {parallel.replicas} equal groups "
            f"of {parallel.tensor}; start a multiple of {parallel.replicas * parallel.tensor}"
        )
    if processes % parallel.tensor:
        raise RewarmError(
            f"train.parallel.tensor: {parallel.tensor} ranks that share matrices do not lie in one node of "
            f"{processes}; give a divisor of {processes}"
        )
    file = shlex.quote(str(path))
    data = f"rewarm run {file} --until baseline"
    file += f" {answer}" if answer else ""
    if slurm:
        return _sbatch(recipe, file, data, nodes, processes)
    if nodes == 1:
        return (
            f"{data}\n{_SHUTDOWN} {_torchrun(f'--standalone --nproc-per-node {processes} {_RESTARTS}', file)}"
        )
    where = (
        f"--nnodes {nodes} --nproc-per-node {processes} --rdzv-backend c10d --rdzv-id {recipe.name} "
        f"--rdzv-endpoint $HEAD:{_PORT} {_RESTARTS}"
    )
    return (
        f"{data}\n# on every node, with HEAD the name of one of them:\n{_SHUTDOWN} {_torchrun(where, file)}"
    )


def _torchrun(where: str, file: str) -> str:
    return f"torchrun {where} -m rewarm run {file}"


def _sbatch(recipe: Recipe, file: str, data: str, nodes: int, processes: int) -> str:
    where = (
        f"--nnodes {nodes} --nproc-per-node {processes} --rdzv-backend c10d --rdzv-id $SLURM_JOB_ID "
        f"--rdzv-endpoint $HEAD:{_PORT} {_RESTARTS}"
    )
    return "\n".join(
        [
            "#!/bin/bash",
            f"#SBATCH --job-name={recipe.name}",
            f"#SBATCH --nodes={nodes}",
            "#SBATCH --ntasks-per-node=1",
            f"#SBATCH --gpus-per-node={processes}",
            # Slurm sends it two minutes before the time is over: a checkpoint is saved.
            "#SBATCH --signal=TERM@120",
            "#SBATCH --requeue",
            "set -e",
            "# beforehand, where no GPU is kept waiting:",
            f"# {data}",
            'HEAD=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
            f"export {_SHUTDOWN}",
            f"srun {_torchrun(where, file)}",
        ]
    )
