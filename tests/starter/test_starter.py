import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm import starter
from rewarm.errors import RewarmError
from rewarm.recipe import reading

FINEWEB = "hub:HuggingFaceFW/fineweb-edu"
NAMES = [
    "plain",
    "two words",
    'it\'s "quoted"',
    "案例 一",
    "a: b # c",
    "{x}",
    "- dash",
    "100%",
    "no",
    "~home",
    "back\\",
]


@pytest.fixture
def law(tmp_path: Path) -> Path:
    path = tmp_path / "law.txt"
    path.write_text("No one is bound to do the impossible.")
    return path


@pytest.mark.parametrize(
    "general, hardware, seq_len, tokens",
    list(
        itertools.product(
            [None, FINEWEB, f"{FINEWEB}/sample/10BT/000_*.parquet", "path"],
            ["cpu", "gpu-24g", "gpu-80g"],
            [None, 256, 1000],
            [None, 20_000, 1_000_000],
        )
    ),
)
def test_loads_for_every_combination(law: Path, tmp_path: Path, general, hardware, seq_len, tokens) -> None:
    if (tokens or 10**9) < 20 * (seq_len or {"cpu": 512, "gpu-24g": 2048, "gpu-80g": 4096}[hardware]):
        tokens = 100_000
    general = str(law) if general == "path" else general
    path = starter.write(
        tmp_path / "run",
        model="Qwen/Qwen2.5-0.5B",
        domain=law,
        general=general,
        language="zh",
        hardware=hardware,
        seq_len=seq_len,
        tokens=tokens,
    )
    recipe = reading.load(path)
    assert path == tmp_path / "run" / "recipe.yaml" and recipe.name == "run"
    assert recipe.sources[0].path == law and recipe.sources[0].labels == {"language": "zh", "task": "domain"}
    assert recipe.pack.seq_len == seq_len or seq_len is None
    assert recipe.train.batch_tokens % recipe.pack.seq_len == 0
    assert recipe.train.batch_tokens >= recipe.train.micro_batch * recipe.pack.seq_len
    adapt, anneal = recipe.stages
    updates = (adapt.tokens + anneal.tokens) / recipe.train.batch_tokens
    assert updates == int(updates) >= 20 and f"{int(updates):,} updates in all" in path.read_text()
    assert 0.8 * (tokens or 0) <= adapt.tokens + anneal.tokens <= (tokens or 10**10)
    assert (anneal.best, anneal.schedule.peak) == (0.3, adapt.schedule.final)
    assert adapt.mix == ({"domain": 0.75, "general": 0.25} if general else {"domain": 1.0})


@pytest.mark.parametrize(
    "model, hardware, expected",
    [
        ("Qwen/Qwen2.5-7B", "gpu-24g", {"rank": 64, "embeddings": False}),
        ("meta-llama/Llama-3.2-3B", "gpu-24g", {"rank": 64, "embeddings": True}),
        ("Qwen/Qwen2.5-0.5B", "gpu-24g", None),
        ("Qwen/Qwen2.5-7B", "cpu", None),
        ("mistralai/Mixtral-8x7B", "gpu-24g", None),
        ("somebody/unsaid", "gpu-24g", None),
    ],
)
def test_a_base_too_large_for_the_card_gets_lora(
    law: Path, tmp_path: Path, model: str, hardware, expected: dict | None
) -> None:
    path = starter.write(tmp_path / "run", model=model, domain=law, hardware=hardware)
    recipe = reading.load(path)
    lora = recipe.train.lora
    assert (lora and {"rank": lora.rank, "embeddings": lora.embeddings}) == expected
    assert recipe.stages[0].schedule.peak == (5e-4 if expected else 1e-4)
    assert recipe.train.activation_checkpointing or not expected
    assert ("by estimate" in path.read_text()) == (hardware != "cpu" and "B" in model.split("x7")[0])


def test_without_replay_it_warns_and_the_comment_works_when_uncommented(law: Path, tmp_path: Path) -> None:
    path = starter.write(tmp_path / "run", model="m", domain=law)
    text = path.read_text()
    assert "WARNING: without replay the model forgets" in text
    lines = []
    for line in text.splitlines():
        if line.startswith(("  # - name: general", "  #   ")):
            line = line.replace("# ", "", 1)
        elif line == "    # mix: {domain: 0.75, general: 0.25}":
            lines.pop()
            line = line.replace("# ", "")
        lines.append(line)
    path.write_text("\n".join(lines))
    recipe = reading.load(path)
    assert recipe.sources[1].hub == "HuggingFaceFW/fineweb-edu" and recipe.stages[1].mix["general"] == 0.25


def test_every_section_says_why(law: Path, tmp_path: Path) -> None:
    lines = starter.write(tmp_path / "run", model="m", domain=law, general=FINEWEB).read_text().splitlines()
    for section in ("model:", "pack:", "stages:", "train:"):
        (index,) = [index for index, line in enumerate(lines) if line.startswith(section)]
        assert lines[index - 1].startswith("# "), section
    assert max(len(line) for line in lines if "path:" not in line) <= 110
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_path_survives(tmp_path: Path, name: str) -> None:
    domain = tmp_path / "texts" / name
    domain.mkdir(parents=True)
    outside = starter.write(tmp_path / "run", model=str(domain), domain=domain, general=str(domain))
    recipe = reading.load(outside)
    assert [source.path for source in recipe.sources] == [domain, domain] and recipe.model == str(domain)
    inside = starter.write(tmp_path / "texts", model="m", domain=domain)
    assert reading.load(inside).sources[0].path == domain
    assert str(tmp_path) not in inside.read_text() or name == "~home"
    named = starter.write(domain, model="m", domain=domain)
    assert reading.load(named).sources[0].path == domain


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_survives_quoting(value: str) -> None:
    import yaml

    assert yaml.safe_load(f"key: {starter._quoted(value)}          # comment") == {"key": value}


def test_an_existing_recipe_is_kept(law: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("mine")
    with pytest.raises(RewarmError, match=r"recipe\.yaml: already exists"):
        starter.write(tmp_path, model="m", domain=law)
    assert (tmp_path / "recipe.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    "wrong, letter",
    [
        ({"domain": Path("absent.txt")}, "domain: absent.txt does not exist"),
        ({"general": "absent"}, "general: absent does not exist"),
        ({"general": "hub:fineweb"}, "'hub:fineweb' names no data set"),
        ({"hardware": "tpu"}, "hardware: 'tpu' is none of cpu, gpu-24g, gpu-80g"),
        ({"domain_format": "pdf"}, "domain format: 'pdf' is none of auto, jsonl, json, parquet, csv, text"),
        (
            {"tokens": 1000},
            "1,000 tokens in sequences of 512: .* Give --tokens 10240 or more, or --seq-len 50 or less",
        ),
        ({"tokens": 100, "seq_len": 5}, "100 tokens in sequences of 5: .* Give --tokens 160 or more$"),
        ({"name": "my run"}, r"recipe\.yaml:5  name: "),
    ],
)
def test_what_does_not_fit_is_said_and_leaves_no_file(law: Path, tmp_path: Path, wrong, letter: str) -> None:
    with pytest.raises(RewarmError, match=letter):
        starter.write(tmp_path / "run", **{"model": "m", "domain": law, **wrong})
    assert not (tmp_path / "run" / "recipe.yaml").exists()


def test_conversations_are_pointed_out(tmp_path: Path) -> None:
    lines = (
        "用户：您好，我的订单还没有到。",
        "客服：您好，请告诉我订单号。",
        "用户：好的，谢谢。",
        "客服：不客气。",
    )
    talk = "\\n".join(lines)
    (tmp_path / "chats.jsonl").write_text(f'{{"text": "{talk}"}}\n' * 8, encoding="utf-8")
    recipe = starter.write(tmp_path / "chat", model="m", domain=tmp_path / "chats.jsonl", language="zh")
    told = starter.kinds(recipe)
    assert "8 conversation" in told[0] and "add `conversations: {}` to this source" in told[1]
    recipe.write_text(
        recipe.read_text().replace("    redact: auto\n", "    redact: auto\n    conversations: {}\n", 1)
    )
    assert len(starter.kinds(recipe)) == 1
