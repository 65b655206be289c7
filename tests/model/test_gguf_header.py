"""GGUF headers: a sound file is read as gguf's own reader reads it, a damaged one is named and refused."""

import os
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.errors import RewarmError
from rewarm.model import gguf_base, gguf_header


def _write(file: Path, experts: int = 0) -> Path:
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(128)
    writer.add_token_list(["a", "b", "第一条"])
    writer.add_array("scores", [0.5, 1.5])
    if experts:
        writer.add_expert_count(experts)
    for name, rows in (("token_embd.weight", 3), ("output_norm.weight", 1)):
        writer.add_tensor(name, np.ones((rows, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return _write(tmp_path / "model.gguf")


def test_a_sound_header_is_read_as_gguf_reads_it(sound: Path) -> None:
    reader = gguf.GGUFReader(sound)
    header = gguf_header.read(sound)
    assert header.tensors == {t.name: tuple(int(n) for n in t.shape) for t in reader.tensors}
    assert header.settings["general.architecture"] == "llama"
    assert header.settings["llama.context_length"] == 128


def test_a_header_is_read_again_only_when_the_file_has_changed(sound: Path, tmp_path: Path) -> None:
    first = gguf_header.read(sound)
    assert gguf_header.read(sound) is first
    before = sound.stat().st_mtime_ns
    _write(tmp_path / "other.gguf", experts=8).replace(sound)
    os.utime(sound, ns=(before, before))
    larger = gguf_header.read(sound)
    assert larger.settings["llama.expert_count"] == 8
    os.utime(sound, ns=(before, before + 10**9))
    assert gguf_header.read(sound) is not larger


def test_block_sizes_are_those_of_gguf() -> None:
    sizes = {int(kind): size for kind, size in gguf.GGML_QUANT_SIZES.items()}
    assert {kind: sizes[kind] for kind in gguf_header.BLOCKS} == gguf_header.BLOCKS


def test_a_mixture_of_experts_is_refused(tmp_path: Path) -> None:
    gguf_base.check(_write(tmp_path / "dense.gguf", experts=1))
    with pytest.raises(RewarmError, match="router's auxiliary loss"):
        gguf_base.check(_write(tmp_path / "experts.gguf", experts=8))


@pytest.mark.parametrize(
    ("at", "data", "said"),
    [
        (0, b"GGML", "it is not a GGUF file"),
        (4, struct.pack("<I", 99), "has version 99"),
        (8, struct.pack("<Q", 2**60), "claims 1,152,921,504,606,846,976 tensors"),
        (16, struct.pack("<Q", 2**40), "metadata entries"),
        (24, struct.pack("<Q", 2**50), "cut off or damaged"),
    ],
)
def test_absurd_values(sound: Path, at: int, data: bytes, said: str) -> None:
    content = bytearray(sound.read_bytes())
    content[at : at + len(data)] = data
    sound.write_bytes(content)
    with pytest.raises(RewarmError) as error:
        gguf_base.convert(sound, sound.with_suffix(""))
    assert said in str(error.value) and str(sound) in str(error.value)


def test_every_cut_is_refused(sound: Path) -> None:
    content = sound.read_bytes()
    for length in [*range(0, len(content) - 32, 7), len(content) - 33]:
        sound.write_bytes(content[:length])
        with pytest.raises(RewarmError, match=str(sound)):
            gguf_header.read(sound)


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_damage_gives_a_header_or_an_error_of_ours(damage: list[tuple[int, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = _write(Path(folder, "model.gguf"))
        content = bytearray(file.read_bytes())
        for at, value in damage:
            content[at % len(content)] = value
        file.write_bytes(content)
        try:
            gguf_header.read(file)
        except RewarmError as error:
            assert len(str(error)) < 600
