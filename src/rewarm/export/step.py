"""Writes the model folder that others load, with a card that names data, mix, licences and losses."""

import json
import os
import shutil

from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.export.card import card


def run(work: Work) -> Counts:
    """model, adapter, channels, shares → model/ with README.md. Weights are linked where the disk can."""
    # After LoRA there is an adapter too, for serving many of them on one base.
    parts = [work.table(name) for name in ("model", "adapter")]
    # Named chat templates are in a subfolder.
    files = [(part, path) for part in parts for path in part.rglob("*") if path.is_file()]
    permissions = 0o666 & ~_umask()
    for part, path in files:
        target = work.folder / path.relative_to(part.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(path, target)
        except OSError:
            shutil.copy2(path, target)
        # safetensors writes files that only their owner can read; a server often runs as another user.
        target.chmod(permissions)
    adapter = work.folder / "adapter/adapter_config.json"
    if adapter.exists():
        settings = json.loads(adapter.read_text()) | {"base_model_name_or_path": work.config["model"]}
        with writing(adapter) as aside:
            aside.write_text(json.dumps(settings, indent=1, sort_keys=True))
    plan = json.loads(work.table("shares").read_text())
    result = json.loads(work.table("channels").read_text())
    continued = work.table("continued")
    changes = json.loads(continued.read_text(encoding="utf-8")) if continued.exists() else []
    with writing(work.folder / "model/README.md") as aside:
        aside.write_text(card(work.config, plan, result, changes), encoding="utf-8")
    return {"files": len(files) + 1}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
