"""The recipe's prompts, completed by base and result.

Greedy, so nothing is drawn and a second call gives the same text on the same machine. Both models complete
the same prompts in the same batches in fp32, one model after the other, so memory holds one. Prompts are
continued as text; with `evaluate.chat_prompts` each is put into the chat template of the model's own
tokenizer.
"""

import gc
import json
from pathlib import Path

from rewarm.engine.progress import progress, update_of
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError
from rewarm.evaluate.score import generation
from rewarm.model import causal_lm, pretrained

FILE = "completions.json"
FORMAT = 1


def run(work: Work) -> Counts:
    """model, base → completions.json: prompt, base and result of each.

    Raises RewarmError for chat prompts where a tokenizer has no chat template.
    """
    prompts: list[str] = work.config["prompts"]
    answers = {name: _complete(work, name, prompts) for name in ("base", "result")}
    rows = [
        {"prompt": prompt, "base": before, "result": after}
        for prompt, before, after in zip(prompts, answers["base"], answers["result"], strict=True)
    ]
    settings = {name: work.config[name] for name in ("max_new_tokens", "chat")}
    with writing(work.folder / FILE) as aside:
        content = {"format": FORMAT, **settings, "completions": rows}
        aside.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return {"prompts": len(rows), "changed": sum(row["base"] != row["result"] for row in rows)}


def _complete(work: Work, name: str, prompts: list[str]) -> list[str]:
    folder: Path = work.table("base_model" if name == "base" else "model")
    tokenizer = pretrained.tokenizer_of(folder)
    if work.config["chat"] and not tokenizer.chat_template:
        raise RewarmError(
            f"evaluate.chat_prompts: the tokenizer of the {name} ({folder}) has no chat template; set it to "
            "false, and the prompts are continued as text"
        )
    model = causal_lm.load(folder, causal_lm.device_of(work.config["device"])).eval()
    with progress(f"{name} prompts", total=len(prompts), unit="prompt") as bar:
        found = generation.generate(
            model, tokenizer, prompts, work.config["max_new_tokens"], stops=(), chat=work.config["chat"],
            progress=update_of(bar),
        )  # fmt: skip
    del model
    gc.collect()
    return found
