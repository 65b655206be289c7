"""The peer: lm-eval on the same model object, records and few-shot examples, with its own prompts."""

import json
from pathlib import Path
from typing import Any

import yaml

_FILES = {
    "arc_easy": "arc/arc_easy.yaml",
    "sciq": "sciq/sciq.yaml",
    "piqa": "piqa/piqa.yaml",
    "lambada": "lambada/lambada_openai.yaml",
    "mmlu": "mmlu/default/_default_template_yaml",
    "mmlu_cloze": "mmlu/continuation/_continuation_template_yaml",
}


class _Loader(yaml.SafeLoader):
    """Reads lm-eval's files without importing the functions that they name."""


_Loader.add_constructor("!function", lambda loader, node: None)


def task(
    name: str, records: list[dict[str, Any]], shots: list[dict[str, Any]], folder: Path, topic: str
) -> Any:
    """lm-eval's task `name` over these records. topic: the subject of MMLU."""
    import lm_eval.tasks
    from lm_eval.api.task import ConfigurableTask

    settings = yaml.load((Path(lm_eval.tasks.__file__).parent / _FILES[name]).read_text(), _Loader)
    files = {"test": folder / f"{name}.test.json"}
    files["test"].write_text("\n".join(json.dumps(record) for record in records))
    if shots:
        files["dev"] = folder / f"{name}.dev.json"
        files["dev"].write_text("\n".join(json.dumps(record) for record in shots))
    for key in ("training_split", "validation_split", "tag", "dataset_name", "process_docs", "metadata"):
        settings.pop(key, None)
    if name.startswith("mmlu"):
        settings["description"] = (
            f"The following are multiple choice questions (with answers) about {topic.replace('_', ' ')}.\n\n"
        )
    settings |= {
        "task": f"{name}_{len(records)}_{len(shots)}",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {split: str(path) for split, path in files.items()}},
        "test_split": "test",
        "fewshot_split": "dev" if shots else None,
        "fewshot_config": {"sampler": "first_n"},
        "num_fewshot": len(shots),
    }
    if settings["output_type"] == "multiple_choice":
        settings["metric_list"] = [{"metric": metric} for metric in ("acc", "acc_norm", "acc_bytes")]
    return ConfigurableTask(config=settings)


def evaluate(lm: Any, tasks: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """Samples by task: log-likelihoods and metrics of each item."""
    from lm_eval.evaluator import evaluate

    found = evaluate(
        lm=lm, task_dict={one.config.task: one for one in tasks}, log_samples=True, bootstrap_iters=0
    )
    return {name: sorted(rows, key=lambda row: row["doc_id"]) for name, rows in found["samples"].items()}


def model(network: Any, tokenizer: Any, batch_size: int = 8) -> Any:
    """lm-eval's wrapper of a loaded model."""
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=network, tokenizer=tokenizer, batch_size=batch_size, max_length=2048)
