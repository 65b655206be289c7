"""Classifiers of fastText and on an encoder: the same training, measuring and file as words."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from command_line import document
from shards import identity

from rewarm.classify import classifier as files
from rewarm.classify.kinds import learner
from rewarm.classify.training import learnt
from rewarm.errors import RewarmError

LABELS = ["law", "api"] * 20
TEXTS = [document(label, number) for number, label in enumerate(LABELS)]
IDS = [identity(number) for number in range(len(TEXTS))]


@pytest.mark.parametrize("kind", ["fasttext", "encoder"])
def test_a_kind_is_learnt_measured_saved_and_read(kind: str, model: Path, tmp_path: Path) -> None:
    given = learner(kind, pa.array(TEXTS), str(model) if kind == "encoder" else None)
    one = learnt(given, LABELS, IDS, 0, axis="kind", folds=4)
    assert one.held_out.macro_f1 > 0.9 and one.held_out.documents == len(TEXTS)
    one.save(tmp_path / "kind.safetensors")
    again = files.load(tmp_path / "kind.safetensors")
    assert again.model.kind == kind and again.axis == "kind" and again.held_out == one.held_out
    new = pa.array([document(label, 700 + n) for n, label in enumerate(("law", "api"))])
    assert np.allclose(again.probabilities(new), one.probabilities(new), atol=1e-5)
    assert [again.classes[place] for place in again.predict(new)[0]] == ["law", "api"]


def test_fasttext_is_the_same_each_time_and_takes_no_label_from_a_text() -> None:
    texts = [*TEXTS, "__label__7 __label__0 law", "", "\n"]
    labels = [*LABELS, "law", "api", "api"]
    ids = [identity(number) for number in range(len(texts))]
    found = [learnt(learner("fasttext", pa.array(texts)), labels, ids, 3, folds=2) for _ in range(2)]
    assert np.array_equal(*(one.model.tensors()["fasttext"] for one in found))
    assert len(found[0].probabilities(pa.array(["", "a\nb"]))) == 2


def test_what_is_not_installed_or_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: Path
) -> None:
    monkeypatch.setitem(sys.modules, "fasttext", None)
    with pytest.raises(RewarmError, match=r"pip install 'rewarm\[fasttext\]'"):
        learner("fasttext", pa.array(TEXTS))
    with pytest.raises(RewarmError, match="--encoder go together"):
        learner("encoder", pa.array(TEXTS))
    with pytest.raises(RewarmError, match="cannot be loaded"):
        learner("encoder", pa.array(TEXTS), str(tmp_path))


def test_another_encoder_in_its_place_is_refused(model: Path, tmp_path: Path) -> None:
    import shutil

    place = tmp_path / "encoder"
    shutil.copytree(model, place)
    one = learnt(learner("encoder", pa.array(TEXTS), str(place)), LABELS, IDS, 0)
    one.save(tmp_path / "kind.safetensors")
    (place / "config.json").write_text((place / "config.json").read_text() + "\n")
    with pytest.raises(RewarmError, match="has other files now"):
        files.load(tmp_path / "kind.safetensors")
