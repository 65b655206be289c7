"""Each supporting statistic computes what its source defines."""

from pathlib import Path

import numpy as np
import pytest
import tiny_model
import torch
from hypothesis import given
from hypothesis import strategies as st
from made_items import made

from rewarm.evaluate.leaks import completion, in_context, min_k, plan
from rewarm.evaluate.score import encoding
from rewarm.evaluate.tasks.prompt import ENGLISH


def test_min_k_is_the_mean_of_the_lowest_standardised_tokens(tmp_path: Path) -> None:
    texts = [plan.whole(0, item, ENGLISH) for item in made(11, 0)]
    model, tokenizer = tiny_model.build(tmp_path, [text.continuation for text in texts], vocabulary=350)
    found = min_k.scores(model, tokenizer, texts)
    for text, score in zip(texts, found, strict=True):
        (one,) = encoding.encode([text], tokenizer, 512)
        tokens = torch.from_numpy(one.tokens)
        with torch.inference_mode():
            log_p = torch.log_softmax(model(input_ids=tokens[None]).logits[0], dim=-1)
        values = []
        for place in range(one.start - 1, len(tokens) - 1):
            weights = log_p[place].exp()
            mean = float((weights * log_p[place]).sum())
            spread = float((weights * (log_p[place] - mean) ** 2).sum()) ** 0.5
            values.append((float(log_p[place, tokens[place + 1]]) - mean) / spread)
        lowest = sorted(values)[: round(0.2 * len(values))]
        assert score == pytest.approx(np.mean(lowest), abs=1e-3)


@given(st.integers(2, 30), st.integers(0, 99))
def test_each_item_stands_behind_another_one_and_each_serves_once(size: int, seed: int) -> None:
    texts = [plan.whole(number, item, ENGLISH) for number, item in enumerate(made(size, seed))]
    found = in_context.requests(texts, np.random.default_rng(seed))
    contexts = [request.context for request in found]
    assert sorted(contexts) == sorted(f"{text.continuation}\n\n" for text in texts)
    assert all(request.context != f"{request.continuation}\n\n" for request in found)


@given(st.text("abc 法律", min_size=2, max_size=60))
def test_halves_make_the_question_again(question: str) -> None:
    first, second = completion.half(question)
    assert first + second == " ".join(question.split())
    assert len(second) >= len(first) - 1
