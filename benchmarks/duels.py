"""Pairwise comparison of answers: what the machinery loses, whether intervals cover, how a small judge does.

1. LLMBar (Zeng et al. 2024, arXiv 2310.07641; with REWARM_SHARED_DATA): 419 prompts in five subsets, each
    with two answers of which one follows the instruction. Judges by rule, behind a real server: one that
    knows the labels, one that knows them and says `first` in 30 % of its verdicts, one that takes the longer
    answer, and one that counts words shared with the prompt. What the first loses, the machinery loses. 2.
    The same with SmolLM2-135M-Instruct behind llama.cpp (package xllamacpp), about 20 minutes on two cores.
    3. Simulations of 2,000 data sets: coverage of the intervals of the not-lose rate, of the rate at equal
    length under judges that prefer longer answers, of Bradley-Terry strengths, and of kappa.

Accuracy counts a tie as half. Without REWARM_SHARED_DATA, or in a smoke run, four pairs written here stand
for LLMBar.
"""

import argparse
import tempfile
from pathlib import Path

from duelling import coverage, llmbar
from support import result_table
from support.smoke import SMOKE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    parser.add_argument("--only", choices=["rules", "served", "coverage"], action="append")
    parser.add_argument("--items", type=int, help="pairs per subset for the served model; default: all")
    options = parser.parse_args()
    most = 1 if SMOKE else options.items
    parts = options.only or ["rules", "served", "coverage"]
    rows: list[result_table.Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        if "rules" in parts:
            rows += llmbar.by_rule(Path(scratch))
        if "served" in parts and (result_table.installed([("llama.cpp", "xllamacpp")])):
            rows += llmbar.served(Path(scratch), most)
    if "coverage" in parts:
        rows += coverage.rows(20 if SMOKE else 2000)
    result_table.table("duels", rows)


if __name__ == "__main__":
    main()
