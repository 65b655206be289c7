"""Whether a model still follows instructions: constraints that a program can check, in English and Chinese.

Instruct models lose this under plain continued pre-training, and neither perplexity nor multiple choice shows
it. Each constraint is asked for several topics through the tokenizer's chat template; the idea of checking by
program is IFEval's (arXiv 2311.07911). The constraints are easy on purpose: a small instruct model follows
some of them, and a model that fell back to continuing text follows none.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from rewarm.corpus.tables import task_scores
from rewarm.engine.progress import progress, update_of
from rewarm.evaluate.score import generation
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.score.task_scores import Scores

NAME = "instructions"
_MAX_TOKENS = 96
_TOPICS = {"en": ("bread", "the moon", "trains", "rain"), "zh": ("面包", "月亮", "火车", "下雨")}


@dataclass(frozen=True, slots=True)
class Constraint:
    """request: with {topic}; follows: whether an answer keeps to it."""

    name: str
    language: str
    request: str
    follows: Callable[[str], bool]


def _json_object(text: str) -> bool:
    match = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        return match is not None and isinstance(json.loads(match[0]), dict)
    except ValueError:
        return False


def _lines(text: str, mark: str) -> int:
    return sum(line.strip().startswith(mark) for line in text.splitlines())


def _capitals(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return bool(letters) and all(char.isupper() for char in letters)


CONSTRAINTS = (
    Constraint("one_word", "en", "Answer with one word only. Is {topic} a living thing?",
               lambda text: len(text.split()) == 1),
    Constraint("capitals", "en", "Write one short sentence about {topic} in capital letters only.",
               _capitals),
    Constraint("three_points", "en", 'Write exactly three lines about {topic}. Begin each with "- ".',
               lambda text: _lines(text, "-") == 3),
    Constraint("no_commas", "en", "Write two sentences about {topic}. Do not use any commas.",
               lambda text: len(text.split()) > 3 and "," not in text),
    Constraint("begin", "en", 'Write a short letter about {topic}. Begin with the words "Dear Anna".',
               lambda text: text.lstrip(' "').startswith("Dear Anna")),
    Constraint("end", "en", 'Write one sentence about {topic}. End your answer with the words "The end".',
               lambda text: text.strip().rstrip('."!').endswith("The end")),
    Constraint("json", "en", 'Answer with a JSON object with the key "topic" and the value "{topic}".',
               _json_object),
    Constraint("few_words", "en", "Describe {topic} in fewer than ten words.",
               lambda text: 0 < len(text.split()) < 10),
    Constraint("one_word", "zh", "只用一个词回答：{topic}常见吗？",
               lambda text: 0 < len(text.strip("。！ \n")) <= 4),
    Constraint("three_points", "zh", "写三行关于{topic}的内容，每行以“- ”开头。",
               lambda text: _lines(text, "-") == 3),
    Constraint("no_commas", "zh", "写一句关于{topic}的话，不要使用逗号。",
               lambda text: len(text.strip()) > 3 and not set(text) & set("，,")),
    Constraint("begin", "zh", "写一段关于{topic}的话，以“亲爱的朋友”开头。",
               lambda text: text.lstrip("“「 \n").startswith("亲爱的朋友")),
    Constraint("end", "zh", "写一句关于{topic}的话，以“完毕”结尾。",
               lambda text: text.strip().rstrip("。！”").endswith("完毕")),
    Constraint("json", "zh", '用一个 JSON 对象回答，键为 "topic"，值为 "{topic}"。', _json_object),
    Constraint("chinese", "zh", "用中文写一句关于{topic}的话。",
               lambda text: sum("\u4e00" <= char <= "\u9fff" for char in text) > len(text.strip()) / 2 > 1),
    Constraint("few_words", "zh", "用不超过二十个字描述{topic}。", lambda text: 0 < len(text.strip()) <= 20),
)  # fmt: skip


def score(model: LoadedModel, name: str) -> Scores:
    """Ask every constraint for every topic of its language. name: of the model, for the progress bar.

    Rows of `task_scores.SCHEMA` with the answers; nothing is known of likelihoods.
    """
    asked = [(one, topic) for one in CONSTRAINTS for topic in _TOPICS[one.language]]
    prompts = [one.request.replace("{topic}", topic) for one, topic in asked]
    with progress(f"{name} {NAME}", total=len(prompts), unit="answer") as bar:
        answers = generation.generate(
            model.network, model.tokenizer, prompts, _MAX_TOKENS, stops=(), chat=True, progress=update_of(bar)
        )
    rows = []
    for (one, topic), answer in zip(asked, answers, strict=True):
        right = one.follows(answer)
        rows.append(
            {
                "id": f"{one.language}:{one.name}:{topic}", "group": f"{one.language} {one.name}",
                "labels": json.dumps({"language": one.language}), "kind": "open", "candidates": [[]],
                "nats": [0.0], "tokens": [0], "characters": [0], "bytes": [0], "gold": 0, "choice": -1,
                "answer": answer, "correct": right, "greedy": False, "chance": 0.0,
                **{f"correct_{one_of}": right for one_of in task_scores.NORMALISATIONS},
            }
        )  # fmt: skip
    return Scores(pa.Table.from_pylist(rows, schema=task_scores.SCHEMA), 0, model.method, 0)
