"""Uploads a result to the Hugging Face Hub after the run, with a card that says how it was made.

All files go up in one commit, so the repository never holds a model without its card. The card is the one of
`export` (data, licences, mix, losses), with the verdict and the command added: these are known only when the
report is. Nothing is uploaded twice: `pushed.json` names the export that the repository has. A failure is
raised after everything else is done, and the same command tries again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.report import summary
from rewarm.report.verdict import judge
from rewarm.runs.run import Run

NAME = "pushed.json"
FORMAT = 1
_CARD = "README.md"


@dataclass(frozen=True)
class Pushed:
    """repo: its ID; commit: in it; url: of the commit; export: the step's directory that it holds."""

    repo: str
    private: bool
    commit: str
    url: str
    export: str
    format: int = FORMAT


def repository(repo: str, variant: str) -> str:
    """The repository of a run; variants get one each."""
    return f"{repo}-{variant}" if variant else repo


def after_run(run: Run, *, endpoint: str | None = None, token: str | None = None) -> str:
    """Push a finished run if its recipe asks for it; returns what to say, "" for nothing.

    endpoint, token: of the hub; by default those of the user's environment. Raises RewarmError when the hub
    refuses or cannot be reached.
    """
    wanted = (run.recipe.get("export") or {}).get("push_to_hub")
    if not wanted or "export" not in run.steps:
        return ""
    if summary.worse(run) and not wanted["even_if_worse"]:
        return (
            "push      not pushed: the result is worse than its base. Set "
            "export.push_to_hub.even_if_worse: true to push it all the same"
        )
    repo = repository(wanted["repo"], run.record.variant)
    export = run.steps["export"].path
    before = _before(run.path)
    if before and (before["repo"], before["export"]) == (repo, export.name):
        return ""
    done = _push(run, repo, private=wanted["private"], endpoint=endpoint, token=token)
    with writing(run.path / NAME) as aside:
        aside.write_text(json.dumps(asdict(done), indent=1), encoding="utf-8")
    return f"push      {done.url}{' (private)' if done.private else ''}"


def card(run: Run) -> str:
    """The text of README.md in the repository."""
    export = run.steps["export"].path
    versions = run.record.versions
    made_with = ", ".join(f"{name} {versions[name]}" for name in ("rewarm", "torch") if name in versions)
    result = "\n".join(f"- {sentence}" for sentence in judge(run).sentences)
    # The recipe's file by its name only: a card holds no path of the machine.
    command = f"rewarm run {Path(run.record.recipe_file).name}"
    return (
        f"{(export / 'model' / _CARD).read_text(encoding='utf-8').rstrip()}\n\n"
        f"## What was learned and lost\n\n{result}\n\n"
        f"## How it was made\n\n```bash\n{command}    # {made_with}\n```\n"
    )


def _before(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def _push(run: Run, repo: str, *, private: bool, endpoint: str | None, token: str | None) -> Pushed:
    from huggingface_hub import CommitOperationAdd, HfApi

    export = run.steps["export"].path
    model = [path for path in (export / "model").rglob("*") if path.is_file() and path.name != _CARD]
    adapter = [path for path in (export / "adapter").glob("*") if path.is_file()]
    files = {path.relative_to(export / "model"): path for path in model}
    files |= {path.relative_to(export): path for path in adapter}
    added = [CommitOperationAdd(name.as_posix(), path) for name, path in sorted(files.items())]
    added.append(CommitOperationAdd(_CARD, card(run).encode()))
    api = HfApi(endpoint=endpoint, token=token)
    try:
        api.create_repo(repo, private=private, exist_ok=True)
        commit = api.create_commit(repo, added, commit_message=f"Upload {run.record.name}")
    except (
        Exception
    ) as error:  # of the hub, of its HTTP library, of DNS: the run must not seem to have failed
        reason = str(error).strip().split("\n")[0]
        raise RewarmError(
            f"export.push_to_hub: {repo} was not pushed ({type(error).__name__}: {reason}). The run itself "
            "is complete. Check the repository ID and `hf auth whoami` (the token needs write access), and "
            "run the same command again: only the upload is repeated"
        ) from error
    return Pushed(repo, private, commit.oid, commit.commit_url, export.name)
