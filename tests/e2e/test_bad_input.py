"""What is wrong with the input is told in a letter or listed in the ledger, never as a traceback."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from command_line import rewarm, write_recipe


def _faults(world: Path) -> dict[str, list[dict]]:
    run = world / "runs/small"
    steps = json.loads((run / "run.json").read_text())["steps"]
    found: dict[str, list[dict]] = {}
    for shard in (run / "steps" / steps["collect"] / "faults").glob("*.parquet"):
        for row in pq.read_table(shard).to_pylist():
            found.setdefault(row["reason"], []).append(row)
    return found


def _letter(world: Path, *arguments: object) -> str:
    ended = rewarm(world, *(arguments or ("run", "recipe.yaml")))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr and not (world / "rewarm-crash.log").exists()
    return ended.stderr


@pytest.mark.slow
def test_bad_files_are_listed_and_counted(world: Path) -> None:
    (world / "law/corrupt.jsonl").write_text(
        '{"text": "好的文件，第一条规定了很多内容，供训练使用。"}\n{"text": "broken\n'
    )
    (world / "law/empty.jsonl").write_text("")
    han = "根据《中华人民共和国合同法》的规定，当事人应当按照约定全面履行自己的义务。" * 20
    (world / "law/old.txt").write_bytes(han.encode("gb18030"))
    with (world / "law/long.jsonl").open("w") as file:
        file.write('{"text": "' + "a" * 50_000_000 + '"}\n{"text": "' + "后面的一行仍然要读到。" * 5 + '"}\n')
    (world / "law/photo.jpg").write_bytes(b"\xff\xd8\xff")
    (world / "law/unknown.bin").write_bytes(bytes(range(256)) * 8)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    faults = _faults(world)
    assert {"parse.json", "parse.empty_file", "parse.too_long", "parse.unknown_format"} <= set(faults)
    assert [row["origin"] for row in faults["parse.truncated"]] == ["photo.jpg"]
    assert "corrupt.jsonl:2" in faults["parse.json"][0]["origin"]
    assert any(reason.startswith("encoding.gb18030") for reason in faults)
    page = (world / "runs/small/report/index.html").read_text()
    assert "parse.too_long" in page and "corrupt.jsonl" in page
    collected = rewarm(world, "run", "recipe.yaml").stdout
    assert "faults" in collected


def test_a_bad_record_stops_the_run_where_the_recipe_says_so(world: Path, model: Path) -> None:
    (world / "law/corrupt.jsonl").write_text('{"text": "broken\n')
    write_recipe(world, model, collect={"on_bad_record": "stop"})
    letter = _letter(world)
    assert "corrupt.jsonl:1" in letter and "on_bad_record" in letter


def test_a_missing_folder_is_named(world: Path) -> None:
    (world / "api").rename(world / "apis")
    letter = _letter(world)
    assert "api" in letter and "apis" in letter


@pytest.mark.parametrize(
    ("part", "letter"),
    [
        ({"select": {"max_url_rato": 0.1}}, "select.max_url_rato: no such key. Did you mean max_url_ratio?"),
        ({"train": {"precision": "bf32"}}, "none of bf16, fp32"),
        ({"pack": {"seq_len": 4096}, "train": {"batch_tokens": 256}}, "holds no sequence of"),
    ],
)
def test_a_misspelt_recipe_names_line_and_remedy(world: Path, model: Path, part: dict, letter: str) -> None:
    write_recipe(world, model, **part)
    said = _letter(world)
    assert letter in said and "recipe.yaml" in said


def test_a_model_that_is_not_there(world: Path, model: Path) -> None:
    write_recipe(world, model, model="./nowhere")
    assert "model:" in _letter(world)


def test_a_truncated_model_is_an_error_message(world: Path, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in model.iterdir():
        data = path.read_bytes()
        (broken / path.name).write_bytes(data[: len(data) // 2] if path.suffix == ".safetensors" else data)
    write_recipe(world, broken)
    assert "it is cut off. Fetch the file again" in _letter(world)


@pytest.mark.parametrize("limit", [20_000, 3_000_000])
@pytest.mark.slow
def test_a_full_disk_is_a_letter_and_the_run_goes_on_later(world: Path, limit: int) -> None:
    """A limit on file size stands in for a full disk: writes fail with EFBIG, in data and in weights."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    ended = rewarm(world, "run", "recipe.yaml", preexec_fn=full)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "disk:" in ended.stderr and "Free space" in ended.stderr and "Traceback" not in ended.stderr
    assert rewarm(world, "run", "recipe.yaml").returncode == 0


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    said = rewarm(tmp_path, "--help")
    assert said.returncode == 0 and "doctor" in said.stdout
    heavy_ones = "{'torch', 'transformers', 'pyarrow', 'pydantic'}"
    code = f"import sys, rewarm.cli.main; print(sorted({heavy_ones} & set(sys.modules)))"
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert heavy.stdout.strip() == "[]"


def test_schema_and_init(tmp_path: Path) -> None:
    schema = json.loads(rewarm(tmp_path, "schema").stdout)
    assert "stages" in schema["properties"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.txt").write_text("text")
    made = rewarm(tmp_path, "init", "case", "--model", "owner/name", "--domain", "docs")
    assert made.returncode == 0, made.stderr
    assert yaml.safe_load((tmp_path / "case/recipe.yaml").read_text())["model"] == "owner/name"
