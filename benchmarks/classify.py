"""Which corpus is a document from: rewarm's classifier beside scikit-learn's, on the same split.

Every corpus of `support/corpora.py` is a class, with at most `DOCUMENTS` of each, cut to their first
`CHARACTERS`. rewarm splits them by id as `annotate` does, trains, calibrates and measures; scikit-learn gets
the same training and measuring parts: `HashingVectorizer` over characters 1 to 3 into as many columns, and
`SGDClassifier` with the logistic loss, which is the usual recipe for this task without segmentation. Its rows
are left out where it is not installed. Corpora differ in form as well as in topic, so this is an easy task; a
second row leaves each document only 30 tokens.
"""

import argparse
import hashlib
import time

import numpy as np
import pyarrow as pa
from support import corpora, result_table

from rewarm.classify.classifier import Classifier
from rewarm.classify.reading import Reading
from rewarm.classify.training import parts, train

DOCUMENTS, CHARACTERS, SMOKE_DOCUMENTS = 2000, 6000, 60
SHORT = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    smoke = parser.parse_args().smoke
    names = ("statutes", "countries") if smoke else tuple(corpora.NAMES)
    texts, labels, ids = [], [], []
    for name in names:
        for number, text in enumerate(corpora.texts(name)):
            if number == (SMOKE_DOCUMENTS if smoke else DOCUMENTS):
                break
            texts.append(text[:CHARACTERS])
            labels.append(name)
            ids.append(hashlib.blake2b(f"{name}\0{number}".encode(), digest_size=10).hexdigest())
    train(pa.array(texts[:20] + texts[-20:]), labels[:20] + labels[-20:], ids[:20] + ids[-20:], Reading(), 0)
    rows = [result_table.row("documents", len(texts)), result_table.row("classes", len(names))]
    for title, reading in (("", Reading()), (f", {SHORT} tokens", Reading(tokens=SHORT))):
        began = time.process_time()
        model = train(pa.array(texts), labels, ids, reading, 0)
        spent = time.process_time() - began
        rows += _rewarm(model, title, spent)
        if not title:
            began = time.process_time()
            model.predict(pa.array(texts))
            spent = time.process_time() - began
            rows.append(result_table.row("documents a CPU-second, predicting", len(texts) / spent))
    if result_table.installed([("scikit-learn", "sklearn")]):
        rows += _scikit_learn(texts, labels, ids)
    result_table.table("classify", rows)


def _rewarm(model: Classifier, title: str, spent: float) -> list[result_table.Row]:
    found = model.held_out
    return [
        result_table.row(f"accuracy{title}", found.accuracy, 0.95 if not title else None),
        result_table.row(f"least recall of a class{title}", min(found.recall.values())),
        result_table.row(f"calibration error{title}", found.calibration_error, 0.02, at_most=True),
        result_table.row(f"CPU-seconds, training{title}", spent),
    ]


def _scikit_learn(texts: list[str], labels: list[str], ids: list[str]) -> list[result_table.Row]:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier

    measured, _, trained = parts(ids, 0)
    began = time.process_time()
    vectorizer = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=Reading().buckets)
    model = SGDClassifier(loss="log_loss", random_state=0)
    known = np.array(labels)
    model.fit(vectorizer.transform([texts[place] for place in trained]), known[trained])
    spent = time.process_time() - began
    began = time.process_time()
    found = model.predict(vectorizer.transform([texts[place] for place in measured]))
    speed = len(measured) / (time.process_time() - began)
    peer = "scikit-learn"
    return [
        result_table.row("accuracy", float((found == known[measured]).mean()), peer=peer),
        result_table.row("CPU-seconds, training", spent, peer=peer),
        result_table.row("documents a CPU-second, predicting", speed, peer=peer),
    ]


if __name__ == "__main__":
    main()
