"""Linear combinations: exact ends, shards, dtypes, ties, refusals, and a kill on the way."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny_family import base, trained, weights

from rewarm.errors import RewarmError
from rewarm.merge import combination, weight_files
from rewarm.merge.combination import combine
from rewarm.model import safetensors_header


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A base in float32 and shards, and two models trained from it in one file each."""
    folder = tmp_path_factory.mktemp("family")
    start = base(folder / "base")
    assert len(list(start.glob("*.safetensors"))) > 1
    return start, trained(start, folder / "one", 1), trained(start, folder / "two", 2)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_ends_are_the_models_byte_for_byte(
    family: tuple[Path, Path, Path], tmp_path: Path, weight: float
) -> None:
    start, one, _ = family
    found = combine([(start, 1 - weight), (one, weight)], tmp_path / "out", quiet=True)
    end = one if weight else start
    assert found.copied == end
    for path in end.iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2), st.permutations(range(3)))
def test_a_combination_is_the_sum_in_float64_in_any_order(
    family: tuple[Path, Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
    shares_: list[float],
    order: list[int],
) -> None:
    shares = [*shares_, 1 - sum(shares_)]
    assume(sum(map(bool, shares)) > 1)
    parts = list(zip(family, shares, strict=True))
    out = tmp_path_factory.mktemp("out") / "model"
    combine([parts[number] for number in order], out, like=family[0], quiet=True)
    found, read = weights(out), [weights(folder) for folder in family]
    assert found.keys() == read[0].keys()
    for name, tensor in found.items():
        expected = sum(share * part[name].double() for share, part in zip(shares, read, strict=True))
        assert torch.allclose(tensor.double(), expected, rtol=1e-6, atol=1e-7)
    assert {path.name for path in out.glob("*.safetensors*")} == {
        path.name for path in family[0].glob("*.safetensors*")
    }


def test_a_tensor_that_all_share_keeps_its_bits(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    start, one, _ = family
    frozen = tmp_path / "frozen"
    combine([(one, 1.0)], frozen, quiet=True)
    content = load_file(frozen / "model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    content[name] = weights(start)[name]
    save_file(content, frozen / "model.safetensors", {"format": "pt"})
    out = tmp_path / "out"
    combine([(start, 0.7), (frozen, 0.3)], out, quiet=True)
    assert torch.equal(weights(out)[name], weights(start)[name])
    other = "model.layers.0.mlp.down_proj.weight"
    assert not torch.equal(weights(out)[other], weights(start)[other])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_result_has_the_dtype_of_the_model_it_is_like(
    family: tuple[Path, Path, Path], tmp_path: Path, dtype: torch.dtype
) -> None:
    start, one, _ = family
    half = trained(start, tmp_path / "half", 3, dtype)
    combine([(one, 0.5), (half, 0.5)], tmp_path / "out", quiet=True)
    found, left, right = weights(tmp_path / "out"), weights(one), weights(half)
    for name, tensor in found.items():
        assert tensor.dtype == dtype
        assert torch.equal(tensor, (0.5 * left[name].double() + 0.5 * right[name].double()).to(dtype))


def test_pieces_of_a_tensor_do_not_change_it(
    family: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, one, _ = family
    combine([(start, 0.5), (one, 0.5)], tmp_path / "whole", quiet=True)
    pieces = weight_files.Stored.pieces
    monkeypatch.setattr(weight_files.Stored, "pieces", lambda self, most=100: pieces(self, most))
    combine([(start, 0.5), (one, 0.5)], tmp_path / "cut", quiet=True)
    file = "model.safetensors"
    assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_the_metadata_of_the_files_is_kept(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    start, one, _ = family
    combine([(start, 0.5), (one, 0.5)], tmp_path / "out", quiet=True)
    assert safetensors_header.metadata(tmp_path / "out/model.safetensors") == {"format": "pt"}


def test_transformers_loads_the_result(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    from transformers import LlamaForCausalLM

    start, one, _ = family
    combine([(one, 0.5), (start, 0.5)], tmp_path / "out", quiet=True)
    loaded = LlamaForCausalLM.from_pretrained(tmp_path / "out").state_dict()
    ends = [LlamaForCausalLM.from_pretrained(folder).state_dict() for folder in (start, one)]
    for name, tensor in loaded.items():
        assert torch.allclose(tensor, (ends[0][name] + ends[1][name]) / 2, atol=1e-6)


def test_a_head_that_one_file_of_a_tied_model_holds_twice(
    family: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    start, one, _ = family
    twice = tmp_path / "twice"
    combine([(one, 1.0)], twice, quiet=True)
    content = load_file(twice / "model.safetensors")
    content["lm_head.weight"] = content["model.embed_tokens.weight"].clone()
    save_file(content, twice / "model.safetensors", {"format": "pt"})
    for like, names in ((start, weights(start).keys()), (twice, content.keys())):
        out = tmp_path / f"like-{like.name}"
        combine([(start, 0.5), (twice, 0.5)], out, like=like, quiet=True)
        found = weights(out)
        assert found.keys() == names
        assert torch.equal(found.get("lm_head.weight", found["model.embed_tokens.weight"]),
                           found["model.embed_tokens.weight"])  # fmt: skip


def test_models_that_do_not_fit_are_refused(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    start, one, _ = family
    out = tmp_path / "out"
    with pytest.raises(RewarmError, match=r"sum to 1\.1.*make them sum to 1"):
        combine([(start, 0.6), (one, 0.5)], out)
    with pytest.raises(RewarmError, match=r"weight of .* is nan"):
        combine([(start, float("nan")), (one, 0.5)], out)
    with pytest.raises(RewarmError, match="not trained from the same weights"):
        combine([(start, 0.5), (base(tmp_path / "other", seed=9), 0.5)], out)
    with pytest.raises(RewarmError, match=r"tie_word_embeddings: (True and False|False and True)"):
        combine([(start, 0.5), (base(tmp_path / "untied", tied=False), 0.5)], out)
    with pytest.raises(RewarmError, match=r"no config\.json"):
        combine([(start, 0.5), (tmp_path, 0.5)], out)
    assert not out.exists()


def test_damaged_weights_are_named(family: tuple[Path, Path, Path], tmp_path: Path) -> None:
    start, one, _ = family
    name = "model.layers.1.mlp.down_proj.weight"

    def changed(folder: str, change: object) -> Path:
        combine([(one, 1.0)], tmp_path / folder, quiet=True)
        content = load_file(tmp_path / folder / "model.safetensors")
        change(content)  # type: ignore[operator]
        save_file(content, tmp_path / folder / "model.safetensors", {"format": "pt"})
        return tmp_path / folder

    nan = changed("nan", lambda content: content[name].view(-1)[5:6].fill_(float("nan")))
    with pytest.raises(RewarmError, match=rf"'{name}' would have NaN.*nan/model.safetensors holds"):
        combine([(start, 0.5), (nan, 0.5)], tmp_path / "out", quiet=True)
    assert not (tmp_path / "out").exists()
    # A weight of 0 leaves the model out: 0 times NaN would be NaN.
    combine([(start, 0.5), (nan, 0.0), (one, 0.5)], tmp_path / "without", quiet=True)
    short = changed("short", lambda content: content.update({name: content[name][:-1].clone()}))
    with pytest.raises(RewarmError, match=rf"'{name}' has shape \[31, 64\], and \[32, 64\]"):
        combine([(start, 0.5), (short, 0.5)], tmp_path / "out", like=start, quiet=True)
    lacks = changed("lacks", lambda content: content.pop(name))
    with pytest.raises(RewarmError, match=f"lacks the tensor '{name}'"):
        combine([(lacks, 0.5), (start, 0.5)], tmp_path / "out", quiet=True)
    with pytest.raises(RewarmError, match=f"has 1 tensors that .* lacks, first '{name}'"):
        combine([(start, 0.5), (lacks, 0.5)], tmp_path / "out", quiet=True)
    quantised = changed("quantised", lambda content: content.update({name: content[name].to(torch.int8)}))
    with pytest.raises(RewarmError, match=f"'{name}' is I8, which cannot be averaged"):
        combine([(start, 0.5), (quantised, 0.5)], tmp_path / "out", quiet=True)


def test_a_stopped_combination_goes_on_after_its_last_file(
    family: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, one, two = family
    parts, out = [(one, 0.5), (two, 0.25), (start, 0.25)], tmp_path / "out"
    combine(parts, tmp_path / "whole", quiet=True)
    write, written = combination._write, []

    def stopping(file: Path, *rest: object) -> None:
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(file.name)
        write(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(combination, "_write", stopping)
    with pytest.raises(KeyboardInterrupt):
        combine(parts, out, quiet=True)
    assert not out.exists()
    first = written.pop()
    again: list[str] = []
    monkeypatch.setattr(
        combination, "_write", lambda file, *rest: (again.append(file.name), write(file, *rest))
    )
    combine(parts, out, quiet=True)
    assert again and first not in again
    for path in (tmp_path / "whole").iterdir():
        assert (out / path.name).read_bytes() == path.read_bytes()


def test_a_stopped_combination_of_other_weights_is_not_taken_up(
    family: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    start, one, _ = family
    partial = tmp_path / "out.partial"
    combine([(start, 0.25), (one, 0.75)], partial, quiet=True)
    combine([(start, 0.5), (one, 0.5)], tmp_path / "out", quiet=True)
    combine([(start, 0.5), (one, 0.5)], tmp_path / "fresh", quiet=True)
    file = "model.safetensors"
    assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "fresh" / file).read_bytes()
    record = json.loads((tmp_path / "out/merge.json").read_text())
    assert [part["weight"] for part in record["parts"]] == [0.5, 0.5]


def test_an_existing_folder_and_a_full_disk_are_refused(
    family: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, one, _ = family
    with pytest.raises(RewarmError, match="exists already"):
        combine([(start, 0.5), (one, 0.5)], tmp_path)
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(combination.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(RewarmError, match=r"needs 0\.0 GB and the disk has 0\.0 GB free"):
        combine([(start, 0.5), (one, 0.5)], tmp_path / "out")
