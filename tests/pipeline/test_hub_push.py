"""Pushing to the hub, with the real client against a server on this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.errors import LocalTokenNotFoundError

from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.errors import RewarmError
from rewarm.pipeline import hub_push
from rewarm.pipeline.preflight import remote
from rewarm.recipe import reading
from rewarm.runs.run import Run

TOKEN = "hf_test"
CARD = "---\nlicense: apache-2.0\n---\n\n# law\n\n## Data\n"


class Server(ThreadingHTTPServer):
    daemon_threads = True


class Hub:
    """Answers as the hub does to what a push asks, and keeps it. refuse: status of every answer."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, Any]] = {}
        self.commits: list[dict[str, bytes]] = []
        self.tokens: set[str] = set()
        self.refuse = 0
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hub.tokens.add(self.headers.get("Authorization", ""))
                answer = {"error": "no write access"} if hub.refuse else hub.answer(self.path, body)
                data = json.dumps(answer).encode()
                self.send_response(hub.refuse or 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path: str, body: bytes) -> Any:
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            self.repositories[name] = asked
            return {"url": f"https://huggingface.co/{name}"}
        if path.endswith("/preupload/main"):
            names = [file["path"] for file in json.loads(body)["files"]]
            return {
                "files": [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
            }
        if path.endswith("/commit/main"):
            lines = [json.loads(line) for line in body.splitlines()]
            self.commits.append(
                {line["value"]["path"]: base64.b64decode(line["value"]["content"])
                 for line in lines if line["key"] == "file"}
            )  # fmt: skip
            return {
                "commitOid": "0" * 40,
                "commitUrl": f"https://huggingface.co/acme/law/commit/{len(self.commits)}",
                "success": True,
            }
        return {}


@pytest.fixture
def hub() -> Iterator[Hub]:
    found = Hub()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    root = tmp_path / "private-folder/runs/law"
    export = root / "steps/export-0"
    (export / "model").mkdir(parents=True)
    (export / "adapter").mkdir()
    (export / "_manifest.json").write_text(json.dumps({"step": "export", "content": "", "inputs": {}}))
    (export / "model/README.md").write_text(CARD)
    (export / "model/model.safetensors").write_bytes(b"weights")
    (export / "adapter/adapter_config.json").write_text("{}")
    recipe = {"export": {"push_to_hub": {"repo": "acme/law", "private": True, "even_if_worse": False}}}
    (root / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    file, versions = str(tmp_path / "private-folder/law.yaml"), {"rewarm": "0.1.0", "torch": "2.9"}
    record = RunRecord(name="law", recipe_file=file, steps={"export": "export-0"}, versions=versions)
    run_record.write(root / "run.json", record)
    return root


def push(root: Path, hub: Hub) -> str:
    return hub_push.after_run(Run(root), endpoint=hub.url, token=TOKEN)


def test_one_commit_with_card_and_adapter_in_a_private_repository(run: Path, hub: Hub) -> None:
    said = push(run, hub)
    made = hub.repositories["acme/law"]
    # Clients before huggingface_hub 2 send the flag.
    assert made.get("visibility") == "private" or made.get("private") is True
    assert said.endswith("/commit/1 (private)")
    (files,) = hub.commits
    assert set(files) == {"README.md", "model.safetensors", "adapter/adapter_config.json"}
    assert files["model.safetensors"] == b"weights" and hub.tokens == {f"Bearer {TOKEN}"}
    text = files["README.md"].decode()
    assert ModelCard(text).data.license == "apache-2.0" and text.startswith(CARD.rstrip())
    assert "rewarm run law.yaml    # rewarm 0.1.0, torch 2.9" in text
    assert "## What was learned and lost\n\n- " in text and "private-folder" not in text


def test_the_same_export_is_pushed_once(run: Path, hub: Hub) -> None:
    push(run, hub)
    assert push(run, hub) == "" and len(hub.commits) == 1
    (run / "steps/export-0").rename(run / "steps/export-1")
    run_record.write(run / "run.json", RunRecord(name="law", steps={"export": "export-1"}))
    assert push(run, hub).endswith("/commit/2 (private)")


def test_a_refusal_says_that_the_run_is_complete(run: Path, hub: Hub) -> None:
    hub.refuse = 403
    with pytest.raises(RewarmError, match=r"acme/law was not pushed .*403.* The run itself is complete"):
        push(run, hub)
    hub.refuse = 0
    assert push(run, hub).endswith("/commit/1 (private)")


def test_no_hub_is_an_error_message(run: Path, hub: Hub) -> None:
    hub.server.shutdown()
    hub.server.server_close()
    with pytest.raises(RewarmError, match="was not pushed"):
        push(run, hub)


def test_a_worse_model_stays_here(run: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rewarm.report.summary.worse", lambda _: True)
    assert "not pushed: the result is worse" in push(run, hub) and not hub.repositories


def test_without_the_setting_nothing_happens(run: Path, hub: Hub) -> None:
    (run / "recipe.yaml").write_text("name: law\n")
    assert push(run, hub) == "" and not hub.repositories


def test_variants_have_a_repository_each() -> None:
    assert [hub_push.repository("acme/law", one) for one in ("", "half")] == ["acme/law", "acme/law-half"]


def test_a_new_repository_is_private_by_default(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "name: case\nmodel: owner/base\nsources: [{name: a, path: a.txt, labels: {task: domain}}]\n"
        "stages: [{name: adapt, tokens: 40k, mix: {a: 1}}]\nexport: {push_to_hub: {repo: acme/law}}\n"
    )
    pushed = reading.load(path).export.push_to_hub
    assert pushed is not None and pushed.private and not pushed.even_if_worse


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"name": "acme"}, ""),
        ({"name": "ann", "orgs": [{"name": "acme"}]}, ""),
        ({"name": "ann", "orgs": []}, "you may write to ann"),
        (LocalTokenNotFoundError("none"), "hf auth login"),
    ],
)
def test_the_right_to_push_is_checked_before_the_run(
    user: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whoami(_: object) -> Any:
        if isinstance(user, Exception):
            raise user
        return user

    monkeypatch.setattr("huggingface_hub.HfApi.whoami", whoami)
    found = remote.may_push("acme/law")
    assert said in found and bool(found) == bool(said)
