"""The commands of the README and of the tutorial, executed as a user types them.

Files, the hub and the model are stand-ins: PDFs that are typeset here, a server on this machine that speaks
the hub's protocol, and a model of 2.5 M parameters in the hub's cache under the name that the page uses. What
needs a GPU or hours is exchanged by `SMALL`, and every entry of it must occur on its page. Installation
(`pip`, `uv`, `make`) is left to `make` and `make release`.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import document, environment
from hub_server import Hub
from made_pages import chinese_page

ROOT = Path(__file__).parents[2]
COMMIT = "0" * 39 + "1"
# Options of the page → those of this test.
SMALL = {
    "docs/tutorial.md": {
        "--tokens 20M --hardware gpu-24g": "--tokens 8k --seq-len 128",
        "stages.adapt.tokens=200k": "stages.adapt.tokens=2k",
        "stages.anneal.tokens=50k": "stages.anneal.tokens=1k",
        "--items 200": "--items 12",
    },
    "README.md": {"--language zh": "--language zh --tokens 8k --seq-len 128"},
}
# 4: the result is worse than its base, which a model of random weights may be.
FINE = (0, 4)


def commands(page: Path) -> list[str]:
    """Lines `rewarm …` of the shell blocks, fenced or indented by four, with their continuations."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = [line[4:] for line in plain.split("\n") if line.startswith("    ")]
    lines = "\n".join([*fenced, *indented]).replace("\\\n", " ").split("\n")
    return [line.strip() for line in lines if line.startswith("rewarm ")]


def test_the_tutorial_has_the_same_commands_in_both_languages() -> None:
    assert commands(ROOT / "docs/tutorial.md") == commands(ROOT / "docs/tutorial.zh.md")


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    texts = {"text": [f"{document('api', number)} {document('law', number)}" for number in range(120)]}
    table = io.BytesIO()
    pq.write_table(pa.table(texts), table)
    server.commit("wikimedia/wikipedia", {"20231101.zh/train-00000-of-00001.parquet": table.getvalue()})
    exam = {}
    for split in ("val", "dev"):
        rows = [
            {
                "id": number,
                "question": document("law", number)[:40],
                **dict(zip("ABCD", "甲乙丙丁", strict=True)),
            }
            | {"answer": "ABCD"[number % 4]}
            for number in range(8)
        ]
        table = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), table)
        exam[f"law/{split}-00000-of-00001.parquet"] = table.getvalue()
    server.commit("ceval/ceval-exam", exam)
    yield server
    server.close()


def in_the_hubs_cache(home: Path, name: str, model: Path) -> None:
    """`model` as the hub's library leaves it after a download."""
    folder = home / "hub" / f"models--{name.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs/main").write_text(COMMIT)
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / COMMIT).symlink_to(model)


@pytest.fixture(scope="module")
def base(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' model after some updates on English prose: weights that predict a plain sentence worse than
    chance do not pass `rewarm doctor`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(0)
    tokenizer, learner = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(model)
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md"))
    ids = torch.tensor(tokenizer(text)["input_ids"])
    optimizer = torch.optim.AdamW(learner.parameters(), 2e-3)
    for update in range(40):
        part = ids[update * 256 : update * 256 + 256].unsqueeze(0)
        learner(input_ids=part, labels=part).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("base")
    learner.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(SMALL))
def test_every_command_of_the_page_runs(page: str, base: Path, hub: Hub, tmp_path: Path) -> None:
    in_the_hubs_cache(tmp_path / "hf", "Qwen/Qwen3-0.6B", base)
    for folder in ("law", "contracts"):
        (tmp_path / folder).mkdir()
        for number in range(40):
            made = chinese_page(f"{folder}{number}", 30 if number == 0 else 6)
            (tmp_path / folder / f"case-{112 + number:04}.pdf").write_bytes(made.pdf)
    variables = {
        **environment(tmp_path), "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    found = commands(ROOT / page)
    text = "\n".join(found)
    assert [part for part in SMALL[page] if part not in text] == [], "not on the page any more"
    assert len(found) >= 4
    for line in found:
        for part, small in SMALL[page].items():
            line = line.replace(part, small)
        ended = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=600
        )
        assert ended.returncode in FINE, f"{line}\n{ended.stdout}\n{ended.stderr}"
        assert "Traceback" not in ended.stderr
    (run,) = [one for one in (tmp_path / "runs").iterdir() if one.name != "trial"]
    assert (run / "report/index.html").is_file() and (run / "model/config.json").is_file()
