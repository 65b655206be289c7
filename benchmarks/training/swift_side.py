"""ms-swift's training step, `swift pt` with full parameters, with and without its channel loss.

It holds transformers below 5.20 and so lives in an environment of its own, which `environment` makes;
nothing of rewarm is imported here. Its channel loss is a value a sample: two channels a step of two
rows, against eight documents of eight leaves in rewarm's. Logging is set to every step, as rewarm's.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from training.turns import Clock

PACKAGES = Path(__file__).parents[1] / "train-ms-swift.txt"


def environment(folder: Path, constraints: Path) -> str:
    """The interpreter of an environment with ms-swift, made when it is not there.

    constraints: pins torch, so that all sides multiply matrices with the same code.
    """
    python = folder / "bin/python"
    if (folder / ".installed").exists():
        return str(python)
    print(f"making {folder} for ms-swift", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(python), "-m", "pip", "install", "-q"]
    subprocess.run([*pip, "-c", constraints, "torch"], check=True)
    # Without its dependencies: of the forty, those in the list are what training imports.
    subprocess.run([*pip, "--no-deps", "-r", PACKAGES], check=True)
    (folder / ".installed").touch()
    return str(python)


def with_channels(world: Path, clock: Clock) -> None:
    _train(world, clock, channels=True)


def without_channels(world: Path, clock: Clock) -> None:
    _train(world, clock, channels=False)


def _train(world: Path, clock: Clock, *, channels: bool) -> None:
    from swift import PretrainArguments, pretrain_main
    from swift.trainers import Seq2SeqTrainer
    from transformers import TrainerCallback

    class Turns(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            clock.begin()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.turn()

    plain = Seq2SeqTrainer.__init__

    def begin(self: Any, *arguments: Any, **more: Any) -> None:
        plain(self, *arguments, **more)
        self.add_callback(Turns())

    Seq2SeqTrainer.__init__ = begin
    pretrain_main(
        PretrainArguments(
            model=str(world / "model"), model_type="llama", template="dummy", tuner_type="full",
            dataset=[str(world / "rows.jsonl")], torch_dtype="float32", bf16=True, fp16=False, use_cpu=True,
            per_device_train_batch_size=2, gradient_accumulation_steps=1, max_length=512, max_steps=100_000,
            learning_rate=1e-4, optim="adamw_torch_fused", gradient_checkpointing=False, attn_impl="sdpa",
            logging_steps=1, save_strategy="no", eval_strategy="no", split_dataset_ratio=0.0, report_to=[],
            dataset_num_proc=1, dataloader_num_workers=0, load_from_cache_file=False,
            check_model=False,
            enable_channel_loss=channels, output_dir=str(world / f"scratch-swift-{channels}"),
        )
    )  # fmt: skip


SIDES = {"ms-swift": with_channels, "ms-swift, no channels": without_channels}
