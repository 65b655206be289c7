import pytest

from rewarm.corpus.tables import documents
from rewarm.data.collect.step import run
from rewarm.engine.work import Work
from rewarm.recipe import Collect, Source


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def source():
    """A source as the step is given it."""

    def make(path=None, name="law", cut_off=None, **fields):
        made = Source(name=name, path=path, **fields)
        own = {"label_fields": made.labels_from("field"), "language": made.fixed_labels.get("language", "")}
        return made.model_dump(mode="json") | own | ({"date": cut_off} if cut_off else {})

    return make


@pytest.fixture
def collected(tmp_path):
    """Run the step over sources; (counts, documents, faults)."""

    def collect(*sources, into="out", **options):
        folder = tmp_path / into
        config = {"sources": list(sources), "collect": Collect(**options).model_dump(mode="json")}
        counts = run(Work("collect", folder, config))
        return counts, list(documents.rows(folder / "documents")), list(documents.rows(folder / "faults"))

    return collect
