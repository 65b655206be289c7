"""Training, calibration and the file of a classifier."""

import hashlib
import json
import pickle
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from rewarm.classify import classifier as files
from rewarm.classify.calibration import Calibration, calibration_error, fitted, loss
from rewarm.classify.reading import Reading, read
from rewarm.classify.training import train
from rewarm.errors import RewarmError

READING = Reading(buckets=2**12)
WORDS = {"tax": ["invoice", "refund", "税率", "发票"], "court": ["verdict", "appeal", "判决", "上诉"],
         "health": ["patient", "dose", "患者", "疫苗"]}  # fmt: skip


def corpus(number: int, noise: float = 0.0) -> tuple[list[str], list[str], list[str]]:
    """Texts, labels and ids: each text has words of its topic among others; noise: share of wrong labels."""
    rng = random.Random(7)
    texts, labels, ids = [], [], []
    for place in range(number):
        topic = sorted(WORDS)[place % 3]
        texts.append(" ".join(rng.choices(WORDS[topic], k=3) + [f"w{rng.randrange(300)}" for _ in range(30)]))
        labels.append(rng.choice(sorted(WORDS)) if rng.random() < noise else topic)
        ids.append(hashlib.blake2b(str(place).encode(), digest_size=10).hexdigest())
    return texts, labels, ids


def test_topics_are_learnt_and_measured_on_other_texts() -> None:
    model = train(pa.array(corpus(600)[0]), *corpus(600)[1:], READING, 0)
    held_out = model.held_out
    assert model.classes == ("court", "health", "tax")
    assert held_out.accuracy > 0.9 > 0.5 > held_out.majority and set(held_out.recall) == set(WORDS)
    assert held_out.documents + held_out.trained < 600 and 80 < held_out.documents < 160
    best, chance = model.predict(pa.array(["发票 refund 税率 invoice", "verdict 上诉 判决 appeal"]))
    assert [model.classes[place] for place in best] == ["tax", "court"] and (chance > 0.7).all()


def test_any_order_of_the_texts_gives_the_same_classifier() -> None:
    texts, labels, ids = corpus(200)
    order = random.Random(1).sample(range(200), 200)
    one = train(pa.array(texts), labels, ids, READING, 3)
    other = train(
        pa.array([texts[place] for place in order]), [labels[place] for place in order],
        [ids[place] for place in order], READING, 3,
    )  # fmt: skip
    assert np.array_equal(one.model.weights, other.model.weights) and one.held_out == other.held_out
    assert not np.array_equal(
        one.model.weights, train(pa.array(texts), labels, ids, READING, 4).model.weights
    )


def test_calibrated_probabilities_are_as_often_right_as_they_say() -> None:
    texts, labels, ids = corpus(3000, 0.3)
    model = train(pa.array(texts[:2000]), labels[:2000], ids[:2000], READING, 0)
    scores = model.scores(pa.array(texts[2000:]))
    classes = np.array([model.classes.index(label) for label in labels[2000:]])
    plain, calibrated = (
        calibration_error(one.probabilities(scores), classes) for one in (Calibration(), model.calibration)
    )
    assert calibrated < 0.08 and calibrated < 0.7 * plain
    assert abs(calibrated - model.held_out.calibration_error) < 0.05


def drawn(temperature: float, doubt: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores of 4,000 documents, and classes drawn as often as this calibration of them says."""
    draw = np.random.default_rng(0)
    scores = draw.normal(size=(4000, 3)) * 6
    chances = Calibration(temperature, doubt).probabilities(scores).cumsum(axis=1)
    return scores, (draw.random((4000, 1)) > chances).sum(axis=1)


@pytest.mark.parametrize(("temperature", "doubt"), [(1.0, 0.0), (4.0, 0.0), (0.5, 0.1), (2.0, 0.3)])
def test_the_calibration_that_made_the_classes_is_found(temperature: float, doubt: float) -> None:
    scores, classes = drawn(temperature, doubt)
    found = fitted(scores, classes)
    assert 0.7 * temperature < found.temperature < 1.4 * temperature and abs(found.doubt - doubt) < 0.04
    chances = found.probabilities(scores)
    assert np.allclose(chances.sum(axis=1), 1) and calibration_error(chances, classes) < 0.03
    assert (
        loss(chances, classes) <= loss(Calibration(temperature, doubt).probabilities(scores), classes) + 1e-3
    )
    assert (chances.argmax(axis=1) == scores.argmax(axis=1)).all()


def test_a_few_texts_that_are_all_right_do_not_make_a_probability_of_one() -> None:
    scores = np.eye(2)[[0, 1] * 15] * 50
    found = fitted(scores, np.array([0, 1] * 15))
    assert 0.9 < found.probabilities(scores).max() < 0.99
    assert fitted(np.empty((0, 3)), np.empty(0, np.int64)) == Calibration()


def test_a_file_gives_the_same_predictions_and_holds_no_pickle(tmp_path: Path) -> None:
    texts, labels, ids = corpus(200)
    model = train(pa.array(texts), labels, ids, READING, 0)
    model.save(tmp_path / "topic.safetensors")
    again = files.load(tmp_path / "topic.safetensors")
    assert again.held_out == model.held_out and again.classes == model.classes
    assert np.array_equal(again.scores(pa.array(texts)), model.scores(pa.array(texts)))
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads((tmp_path / "topic.safetensors").read_bytes())


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"\x02" * 100])
def test_what_is_no_classifier_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "topic.safetensors"
    path.write_bytes(content)
    with pytest.raises(RewarmError, match="is not a classifier"):
        files.load(path)


def test_other_features_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "topic.safetensors"
    about = {"rewarm": json.dumps({"features": 0, "classes": ["a"]})}
    save_file({"weights": np.zeros((4, 1), np.float32), "bias": np.zeros(1, np.float32)}, str(path), about)
    with pytest.raises(RewarmError, match="another version"):
        files.load(path)


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        train(pa.array(["a", "b"]), ["x", "x"], ["0" * 20, "1" * 20], READING, 0)


def test_only_the_first_tokens_of_a_text_are_read() -> None:
    tokens = read(pa.array(["a " * 1000, "税" * 1000, ""]), Reading(tokens=16))
    assert tokens.counts.tolist() == [16, 16, 0] and len(tokens.hashes) == 32


def test_few_texts_are_all_used_and_all_measured() -> None:
    texts, labels, ids = corpus(150)
    model = train(pa.array(texts), labels, ids, READING, 0, axis="topic", folds=5)
    assert (model.held_out.documents, model.held_out.trained, model.held_out.folds) == (150, 150, 5)
    assert np.array(model.held_out.confusion).sum() == 150 and model.held_out.macro_f1 > 0.8
    assert model.axis == "topic"


def test_a_cross_validation_measures_nothing_by_what_it_taught() -> None:
    """Labels drawn by chance cannot be predicted, however well texts are remembered."""
    texts, _, ids = corpus(300)
    rng = random.Random(3)
    labels = [rng.choice("ab") for _ in texts]
    found = train(pa.array(texts), labels, ids, READING, 0, folds=5).held_out
    assert 0.35 < found.accuracy < 0.65 and found.calibration_error < 0.15
