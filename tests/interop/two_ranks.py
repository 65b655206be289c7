"""Run under torchrun by test_trainer.py: trains 3 updates of 2 x 2 sequences; rank 0 prints the log."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, TrainingArguments

from rewarm.interop.block_dataset import BlockDataset
from rewarm.interop.trainer import ChannelLossTrainer

run, model, out = sys.argv[1:]
torch.manual_seed(0)
trainer = ChannelLossTrainer(
    model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
    args=TrainingArguments(
        out,
        use_cpu=True,
        max_steps=3,
        per_device_train_batch_size=2,
        per_device_eval_batch_size=2,
        logging_steps=1,
        eval_strategy="steps",
        eval_steps=3,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        optim="sgd",
        learning_rate=0.1,
        max_grad_norm=0,
    ),
    train_dataset=BlockDataset.of_run(run, "adapt"),
    eval_dataset=torch.utils.data.Subset(BlockDataset.of_run(run, "anneal"), range(8)),
)
trainer.train()
if trainer.is_world_process_zero():
    print("LOG" + json.dumps(trainer.state.log_history))
