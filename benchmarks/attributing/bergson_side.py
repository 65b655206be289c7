"""bergson (EleutherAI, MIT) on the same documents: cosines of projected gradients of base and result.

`bergson build` writes an index of gradients, here of the queries and the candidates of `rewarm attribute`;
scores are the mean cosines with the queries, as its `query --unit_norm` gives them. It runs as a command, on
a CPU too; `pip install bergson` needs torchvision of the same release as torch, or none.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from attributing import world
from rewarm.diagnose.attribution import attribute, candidates, influence
from rewarm.diagnose.attribution.queries import Query
from rewarm.model import pretrained
from rewarm.runs import models
from rewarm.runs.run import Run


def harm(run: Run, asked: Sequence[Query], most: int) -> dict[str, float]:
    """Source → what leaving it out would gain, in bergson's scores."""
    uses, sizes = attribute.drawn(run)
    source_of = {document: source for document, (source, _) in uses.items()}
    chosen = candidates.choose(run, source_of, (), most, int(run.recipe["seed"]))
    start, result = models.trained_from(run), run.file("export", "model")
    assert result is not None
    tokenizer = pretrained.tokenizer_of(start)
    texts = [query.text for query in asked] + [tokenizer.decode(one.tokens) for one in chosen.passages]
    sums = np.zeros(len(chosen.documents))
    for model in (start, result):
        found = _gradients(model, texts)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        own = found[len(asked) :] @ found[: len(asked)].mean(0)
        sums += own / np.abs(own).mean()
    tokens = np.array([float(len(one.tokens)) for one in chosen.passages])
    trained = {source: size / sum(sizes.values()) for source, size in sizes.items() if size}
    sources = [source_of[document] for document in chosen.documents]
    return {name: gain for name, (_, gain) in influence.of_sources(sums, tokens, sources, trained).items()}


def _gradients(model: Path, texts: Sequence[str]) -> np.ndarray:
    """float64 [texts, numbers]."""
    from bergson.data import load_gradients

    with tempfile.TemporaryDirectory() as folder:
        data, index = Path(folder) / "texts.jsonl", Path(folder) / "index"
        data.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        command = [sys.executable, "-m", "bergson", "build", str(index), "--model", str(model)]
        command += ["--dataset", str(data), "--precision", "fp32", "--projection_dim", "16", "--truncation"]
        command += ["--token_batch_size", str(world.SEQ_LEN)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return np.array(load_gradients(index), dtype=np.float64)
