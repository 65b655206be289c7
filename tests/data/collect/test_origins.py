import gzip
import os
import subprocess
import sys
import time
import zipfile

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.io import fingerprint as digests
from rewarm.corpus.io.globs import expand, matcher
from rewarm.corpus.io.streams import open_plain, read_up_to
from rewarm.corpus.io.wheel import cache_dir
from rewarm.data.collect import folders
from rewarm.data.collect.origins import files, fingerprint
from rewarm.errors import RewarmError


def plant(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def plant_wheel(package, members):
    folder = cache_dir() / "wheels" / package.replace("==", "-")
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / f"{package.replace('==', '-')}-py3-none-any.whl", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", "b/a.txt", False),
        ("**/*.txt", "a.txt", True),
        ("**/*.txt", "b/c/a.txt", True),
        ("data/**", "data/b/c.txt", True),
        ("data/**", "other/c.txt", False),
        ("d/{ec2,s3}/*/service-2.json.gz", "d/s3/2006/service-2.json.gz", True),
        ("d/{ec2,s3}/*/service-2.json.gz", "d/iam/2006/service-2.json.gz", False),
        ("[!a]?.md", "b1.md", True),
        ("[!a]?.md", "a1.md", False),
        ("a+b(1).txt", "a+b(1).txt", True),
    ],
)
def test_globs(pattern, name, matches):
    assert matcher([pattern])(name) is matches


@given(st.text("ab*?[]{},/\\.!-^", max_size=12), st.text("ab/.", max_size=6))
def test_any_glob_is_a_glob(pattern, name):
    assert expand(pattern)
    matcher([pattern])(name)


def test_runs_below_a_folder_are_no_data(tmp_path, source):
    plant(tmp_path / "d", "a.txt", "runs/one/.lock", "runs/one/run.json", "runs/one/steps/collect/a.jsonl")
    plant(tmp_path / "d", "runs/notes.txt", "steps/b.txt", "locked/.lock", "locked/c.txt")
    for path in (tmp_path / "d", tmp_path / "d/**"):
        names = [origin.name for origin in files(source(path))]
        assert names == ["a.txt", "locked/c.txt", "runs/notes.txt", "steps/b.txt"]
    # Whoever names a run means it.
    assert len(files(source(tmp_path / "d/runs/one"))) == 2


def test_folder_is_read_in_order_of_names_without_hidden_files(tmp_path, source):
    plant(tmp_path / "d", "b.txt", "a/z.jsonl", "a/b.txt", ".git/x.txt", ".DS_Store", "c.bin")
    (tmp_path / "d" / "a" / "loop").symlink_to(tmp_path / "d")
    assert [origin.name for origin in files(source(tmp_path / "d"))] == [
        "a/b.txt",
        "a/z.jsonl",
        "b.txt",
        "c.bin",
    ]
    assert [origin.name for origin in files(source(tmp_path / "d", files=["*.txt"]))] == ["b.txt"]


def test_links_out_of_the_folder_are_named_and_not_read(tmp_path, source):
    plant(tmp_path / "d", "b.txt", "in/a.txt")
    plant(tmp_path / "away", "secret.txt", "deep/more.txt")
    (tmp_path / "d" / "link.txt").symlink_to(tmp_path / "away/secret.txt")
    (tmp_path / "d" / "folder").symlink_to(tmp_path / "away/deep")
    (tmp_path / "d" / "within.txt").symlink_to(tmp_path / "d/in/a.txt")
    found = files(source(tmp_path / "d"))
    assert [origin.name for origin in found if not origin.outside] == ["b.txt", "in/a.txt", "within.txt"]
    assert [origin.name for origin in found if origin.outside] == ["folder", "link.txt"]
    assert [row[2] for row in fingerprint(source(tmp_path / "d"))][-2:] == ["outside"] * 2
    found = files(source(tmp_path / "d" / "**" / "*.txt"))
    assert [origin.name for origin in found if origin.outside] == ["folder", "link.txt"]
    for path in (tmp_path / "d", tmp_path / "d" / "**" / "*.txt"):
        found = files(source(path, follow_symlinks=True))
        names = ["b.txt", "folder/more.txt", "in/a.txt", "link.txt", "within.txt"]
        assert [origin.name for origin in found] == names and not any(origin.outside for origin in found)
    # A folder that is itself given as a link is meant.
    (tmp_path / "given").symlink_to(tmp_path / "away")
    assert [origin.name for origin in files(source(tmp_path / "given"))] == ["deep/more.txt", "secret.txt"]


def test_glob_names_start_below_the_fixed_folder(tmp_path, source):
    plant(tmp_path / "d", "x/1.txt", "y/2.txt", "y/3.md", "y/deep/4.txt")
    assert [origin.name for origin in files(source(tmp_path / "d" / "*" / "*.txt"))] == ["x/1.txt", "y/2.txt"]
    names = [origin.name for origin in files(source(tmp_path / "d" / "**" / "*.{txt,md}"))]
    assert names == ["x/1.txt", "y/2.txt", "y/3.md", "y/deep/4.txt"]


def test_missing_folder_letter_names_the_near_one(tmp_path, source):
    plant(tmp_path, "statutes/a.txt")
    with pytest.raises(RewarmError) as letter:
        files(source(tmp_path / "statuts"))
    assert "sources.law.path" in str(letter.value)
    assert f"Did you mean {tmp_path / 'statutes'}?" in str(letter.value)


def test_letters_for_nothing_found(tmp_path, source):
    (tmp_path / "empty").mkdir()
    plant(tmp_path / "d", "cases.jsonl", "x.bin")
    with pytest.raises(RewarmError, match="holds no file"):
        files(source(tmp_path / "empty"))
    with pytest.raises(RewarmError, match=r"none of the 2 files in .*cases\.jsonl"):
        files(source(tmp_path / "d", files=["*.json"]))
    with pytest.raises(RewarmError, match=r"none of the 2 files .* matches '\*\.parquet'"):
        files(source(tmp_path / "d" / "*.parquet"))
    with pytest.raises(RewarmError, match=r"x\.bin has no known format.*\.jsonl"):
        files(source(tmp_path / "d" / "x.bin"))


def test_wheel_members_are_read_where_they_are(source):
    packed = zstandard.compress(b"two")
    plant_wheel(
        "tales==1.0",
        {
            "tales/a.txt.gz": gzip.compress(b"one"),
            "tales/b.txt.zst": packed,
            "tales-1.0.dist-info/LICENSE.txt": "-",
        },
    )
    found = files(source(package="tales==1.0"))
    assert [(origin.label, origin.open().read()) for origin in found] == [
        ("tales-1.0-py3-none-any.whl!tales/a.txt.gz", b"one"),
        ("tales-1.0-py3-none-any.whl!tales/b.txt.zst", b"two"),
    ]
    chosen = files(source(package="tales==1.0", files=["**/*.zst"]))
    assert [(origin.name, origin.size) for origin in chosen] == [("tales/b.txt.zst", len(packed))]
    with pytest.raises(RewarmError, match=r"sources\.law\.files.*tales/"):
        files(source(package="tales==1.0", files=["*.parquet"]))


@given(st.lists(st.binary(max_size=5000), max_size=4))
def test_compressed_parts_read_as_their_sum(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("parts")
    for name, compress in (("a.gz", gzip.compress), ("a.zst", zstandard.compress)):
        (folder / name).write_bytes(b"".join(map(compress, parts)))
        with open_plain(folder / name, None, name) as stream:
            assert read_up_to(stream, 10**6) == b"".join(parts)


def test_a_recipe_in_its_sources_folder_is_no_file_of_it(tmp_path, source, capsys):
    plant(tmp_path / "d", "a.txt", "in/runs/one/.lock", "in/runs/one/steps/collect/a.jsonl")
    recipe = "name: r\nmodel: base\nsources:\n- {name: own, path: .}\nstages: []\n"
    (tmp_path / "d/recipe.yaml").write_text(recipe)
    (tmp_path / "d/settings.yaml").write_text("a: 1\nsources: none\n")
    given = source(tmp_path / "d")
    folders._told.clear()
    for _ in range(2):
        assert [origin.name for origin in files(given)] == ["a.txt", "settings.yaml"]
    told = capsys.readouterr().err
    assert told.count("recipe.yaml") == 1 and "in/runs/one/, recipe.yaml" in told
    before = fingerprint(given)
    (tmp_path / "d/recipe.yaml").write_text(recipe + "seed: 2\n")
    assert fingerprint(given) == before
    assert [origin.name for origin in files(source(f"{tmp_path}/d/*"))] == ["a.txt", "settings.yaml"]


def test_fingerprint_changes_with_content_and_hashes_once(tmp_path, source, monkeypatch):
    plant(tmp_path / "d", "a.txt", "b.txt")
    past = time.time() - 100
    for name in ("a.txt", "b.txt"):
        os.utime(tmp_path / "d" / name, (past, past))
    before = fingerprint(source(tmp_path / "d"))
    hashed = []
    digest = digests._digest
    monkeypatch.setattr(digests, "_digest", lambda path: hashed.append(path.name) or digest(path))
    assert fingerprint(source(tmp_path / "d")) == before
    assert hashed == []
    (tmp_path / "d" / "b.txt").write_text("B.TXT")
    after = fingerprint(source(tmp_path / "d"))
    assert hashed == ["b.txt"]
    assert after[0] == before[0] and after[1] != before[1]


def test_fingerprint_needs_no_cache_and_no_download(tmp_path, source, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "file"))
    plant(tmp_path / "d", "a.txt")
    assert fingerprint(source(tmp_path / "d"))[0][:2] == ("a.txt", 5)
    assert fingerprint(source(package="absent==1", files=["*.txt"])) == [("package", "absent==1", "*.txt")]


def test_import_stays_light():
    code = "import sys, rewarm.data.collect.step; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "huggingface_hub"} & set(result.stdout.split())
