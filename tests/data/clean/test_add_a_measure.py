"""docs/how-to/add-a-measure.md: a measure works when it is added as the page says."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from shards import identity, write_documents

from rewarm.data.clean import counts, step
from rewarm.data.clean.measures import COLUMNS
from rewarm.data.select import step as select
from rewarm.engine.work import Work
from rewarm.recipe import Clean, Select

PAGE = (Path(__file__).resolve().parents[3] / "docs/how-to/add-a-measure.md").read_text()
STATUTE = "第一条 为了规范合同行为，制定本法。\n第二条 本法所称合同，是平等主体之间的协议。\n" * 4
NEWS = "市政府昨天召开了新闻发布会，介绍了今年以来的经济运行情况，并回答了记者的提问。\n" * 4


def test_a_measure_in_plain_python_is_written_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, Any] = {"re": re}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, names)
    (given,) = (yaml.safe_load(code) for code in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    monkeypatch.setattr(counts, "PLAIN", names["PLAIN"])
    columns = [("id", pa.string()), *((name, pa.float64()) for name in (*COLUMNS, *names["PLAIN"]))]
    monkeypatch.setattr(step, "ATTRIBUTES", pa.schema(columns))
    rows = [{"id": identity(row), "text": text} for row, text in enumerate((STATUTE, NEWS))]
    write_documents(tmp_path / "redact/documents", rows)
    for folder in ("clean", "select"):
        (tmp_path / folder).mkdir()
    config = {"clean": Clean().model_dump()}
    given_tables = {"documents": [tmp_path / "redact/documents"]}
    step.run(Work("clean", tmp_path / "clean", config, tables=given_tables))
    measured = pq.read_table(tmp_path / "clean/attributes/00000.parquet").to_pylist()
    assert [row["articles"] for row in measured] == [pytest.approx(8000 / (len(STATUTE) - 1)), 0]
    config = {
        "select": Select(max_dup_line_chars=None, **given["select"]).model_dump(),
        "sources": {"s": {"rules": "all", "language": None}},
    }  # fmt: skip
    tables = {name: [tmp_path / "clean" / name] for name in ("documents", "attributes")}
    assert select.run(Work("select", tmp_path / "select", config, tables=tables))["documents"] == 1
    (gone,) = pq.read_table(tmp_path / "select/ledger/00000.parquet").to_pylist()
    assert (gone["id"], gone["reason"], gone["threshold"]) == (identity(1), "attributes.min_articles", 2)
