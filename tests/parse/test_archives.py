from pathlib import Path

import hostile
import pytest
from hostile import QUICK

from rewarm.parse.limits import Limits


def test_members_are_unpacked_under_numbers(parsed):
    given = parsed(hostile.zip_of({"a/b.txt": b"one", "c.json": b"{}", ".hidden": b"x"}))
    assert [(member.name, Path(member.path).read_bytes()) for member in given.members] == [
        ("a/b.txt", b"one"),
        ("c.json", b"{}"),
    ]


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a/../../b", "C:\\x\\..\\..\\y"])
def test_names_that_lead_out_are_refused(parsed, tmp_path, name):
    given = parsed(hostile.zip_of({name: b"x", "good.txt": b"y"}))
    assert given.reasons == ["archive.path"] and [member.name for member in given.members] == ["good.txt"]
    given = parsed(hostile.tar_of([(name, b"x"), ("good.txt", b"y")]))
    assert given.reasons == ["archive.path"] and [member.name for member in given.members] == ["good.txt"]


def test_links_and_devices_are_refused(parsed):
    assert parsed(hostile.linked_zip()).reasons == ["archive.link"]
    given = parsed(hostile.tar_of([("link", "/etc/passwd"), ("null", None), ("good.txt", b"y")], "w:xz"))
    assert given.reasons == ["archive.link", "archive.special"]
    assert [member.name for member in given.members] == ["good.txt"]


def test_expansion_stops_at_the_limit(parsed, tmp_path):
    limits = Limits(expansion=32 << 20)
    for data in (hostile.zip_bomb(256 << 20), hostile.gzip_bomb(), hostile.tar_of([("a", bytes(80 << 20))])):
        given = parsed(data, "bomb", limits=limits)
        assert given.reasons == ["archive.expansion"] and not given.members
        assert sum(path.stat().st_size for path in (tmp_path / "scratch").iterdir()) < 33 << 20


def test_the_ratio_limits_small_archives(parsed):
    assert parsed(hostile.zip_bomb(64 << 20), limits=Limits(ratio=20)).reasons == ["archive.expansion"]


def test_sizes_that_lie_do_not_pass(parsed):
    given = parsed(hostile.lying_zip(), limits=Limits(expansion=16 << 20))
    assert given.reasons == ["parse.truncated"] and not given.members


def test_a_skipped_member_still_counts(parsed):
    given = parsed(
        hostile.tar_of([(".hidden", bytes(96 << 20)), ("a.txt", b"x")]), limits=Limits(expansion=32 << 20)
    )
    assert "archive.expansion" in given.reasons


def test_too_many_members(parsed):
    data = hostile.zip_of({f"{number}.txt": b"x" for number in range(30)})
    given = parsed(data, limits=Limits(members=10))
    assert len(given.members) == 10 and given.reasons == ["archive.members"]


def test_every_compression_is_unpacked(parsed):
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        given = parsed(hostile.tar_of([("a.txt", b"content")], mode), limits=QUICK)
        assert [member.name for member in given.members] == ["a.txt"], mode
