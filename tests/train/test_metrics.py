"""The training log survives a kill at any moment and is cut back to the checkpoint."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.corpus.tables import metrics as tables
from rewarm.errors import RewarmError
from rewarm.train import metrics


def row(update: int, course: int = 0) -> dict:
    used = update % 7 != 3
    return {
        "update": update,
        "stage": "adapt",
        "rate": 1e-4,
        "loss": 2.0 - update / 10 + course if used else None,
        "grad_norm": 1.0 if used else None,
        "tokens": 7 if used else 0,
        "seconds": 0.5,
        "first_sequence": 4 * update,
        "sequences": 4,
        "leaves": [[0, 3.5 + update, 7.0, 20.0]] if used else [],
    }


def evaluation(update: int) -> dict:
    found = {"update": update, "source": "api", "leaf": 1, "documents": 8, "before": 1.0}
    return {**found, "now": 1.0 + update / 100, "domain": False}


def written(folder: Path) -> dict[str, list[dict]]:
    return {name: tables.read(folder, name).to_pylist() for name in tables.SCHEMAS}


def straight(folder: Path, updates: int, course: int = 0) -> dict[str, list[dict]]:
    """What a log says that was never sealed, cut or killed."""
    folder.mkdir()
    log = metrics.Log(folder, 0)
    for update in range(updates):
        log.add(row(update, course))
        if (update + 1) % 5 == 0:
            log.add_retained([evaluation(update + 1)])
    log.close()
    log.publish()
    return written(folder)


def test_a_cut_line_is_dropped_and_the_log_goes_on_from_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = metrics.Log(tmp_path, 0)
    for update in range(4):
        log.add(row(update))
    log.close()
    with path.open("a") as file:
        file.write('{"update": 4, "lo')
    log = metrics.Log(tmp_path, 2)
    log.add(row(2))
    log.close()
    assert log.publish() == (3, 21)
    updates = pq.read_table(tmp_path / "metrics/updates.parquet")
    assert updates["loss"].to_pylist() == [2.0, 1.9, 1.8]


def test_a_leaf_has_a_row_in_every_update_that_has_it(tmp_path: Path) -> None:
    log = metrics.Log(tmp_path, 0)
    log.add(row(0))
    log.seal()
    log.add(row(1))
    log.close()
    log.publish()
    leaves = pq.read_table(tmp_path / "metrics/leaves.parquet").to_pylist()
    assert leaves == [
        {"update": 0, "leaf": 0, "nats": 3.5, "tokens": 7.0, "bytes": 20.0},
        {"update": 1, "leaf": 0, "nats": 4.5, "tokens": 7.0, "bytes": 20.0},
    ]


moves = st.lists(
    st.one_of(st.integers(1, 9), st.just("seal"), st.just("reopen"), st.floats(0, 1)), min_size=1, max_size=25
)


@settings(max_examples=40)  # each move syncs the disk
@given(moves)
def test_seals_cuts_and_reopenings_leave_the_rows_of_the_last_course(
    tmp_path_factory: pytest.TempPathFactory, moves: list
) -> None:
    """A number adds updates; a share cuts back to it, as a roll-back does, and takes another course."""
    folder = tmp_path_factory.mktemp("log")
    log = metrics.Log(folder, 0)
    courses: list[int] = []
    for turn, move in enumerate(moves):
        if move == "seal":
            log.seal()
        elif move == "reopen":
            log.close()
            log = metrics.Log(folder, len(courses))
        elif isinstance(move, float):
            courses = courses[: int(move * len(courses))]
            log.cut(len(courses))
        else:
            for _ in range(move):
                log.add(row(len(courses), turn))
                courses.append(turn)
        expected = [row(update, turn)["loss"] for update, turn in enumerate(courses)]
        assert tables.read(folder, "updates")["loss"].to_pylist() == expected
    log.close()
    log.publish()
    assert tables.read(folder, "updates")["loss"].to_pylist() == expected


def test_published_files_hang_on_no_seal(tmp_path: Path) -> None:
    expected = straight(tmp_path / "plain", 40)
    folder = tmp_path / "sealed"
    folder.mkdir()
    log = metrics.Log(folder, 0)
    for update in range(40):
        log.add(row(update))
        if (update + 1) % 5 == 0:
            log.add_retained([evaluation(update + 1)])
        if update % 9 == 0:
            log.seal()
    log.close()
    log.publish()
    assert written(folder) == expected
    for name, schema in tables.SCHEMAS.items():
        files = [tmp_path / run / f"metrics/{name}.parquet" for run in ("plain", "sealed")]
        assert pq.read_schema(files[0]) == schema
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_cut_rewrites_one_part_at_most(tmp_path: Path) -> None:
    log = metrics.Log(tmp_path, 0)
    for update in range(100):
        log.add(row(update))
        if update % 10 == 9:
            log.seal()
    before = {path.name: path.stat().st_ino for path in (tmp_path / "_metrics").iterdir()}
    assert len(before) == 10
    log.cut(35)
    log.close()
    after = {path.name: path.stat().st_ino for path in (tmp_path / "_metrics").iterdir()}
    assert sorted(after) == sorted(before)[:4]
    assert [name for name in after if after[name] != before[name]] == ["000000030.parquet"]
    assert tables.read(tmp_path, "updates")["update"].to_pylist() == list(range(35))


def test_a_missing_part_is_told_and_not_published(tmp_path: Path) -> None:
    log = metrics.Log(tmp_path, 0)
    for update in range(9):
        log.add(row(update))
        if update % 3 == 2:
            log.seal()
    (tmp_path / "_metrics/000000003.parquet").unlink()
    log.close()
    with pytest.raises(RewarmError, match=r"does not hold each of the updates 3–5 once"):
        log.publish()
    assert not (tmp_path / "metrics/updates.parquet").exists()


WRITER = textwrap.dedent(
    """
    import os, random, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from test_metrics import evaluation, row
    from rewarm.train import metrics

    folder, course, updates = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    rng = random.Random(course)
    point = folder / "checkpoint"  # stands for a checkpoint: its number and the course of each update

    def save(courses):
        log.seal()
        if rng.random() < 0.3:
            return  # as if killed before the checkpoint stood
        aside = point.with_name("aside")
        aside.write_text(" ".join(map(str, courses)))
        aside.replace(point)

    courses = point.read_text().split() if point.exists() else []
    log = metrics.Log(folder, len(courses))
    print("open", flush=True)
    while len(courses) < updates:
        log.add(row(len(courses), course))
        courses.append(str(course))
        if len(courses) % 5 == 0:
            log.add_retained([evaluation(len(courses))])
        if len(courses) % 3 == 0:
            save(courses)
        if rng.random() < 0.02:
            courses = courses[: int(point.read_text().count(" ") * rng.random())] if point.exists() else []
            point.unlink(missing_ok=True)  # a roll-back forgets newer checkpoints first
            log.cut(len(courses))
    save(courses)
    point.write_text(" ".join(courses))
    log.close()
    log.publish()
    """
)


def test_a_writer_killed_at_random_moments_neither_loses_nor_repeats_an_update(tmp_path: Path) -> None:
    """kill -9, twenty times; after each the log agrees with the checkpoint that stands."""
    seed = time.time_ns()
    rng = random.Random(seed)
    updates = 4000
    killed = 0
    for course in range(1, 21):
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                WRITER,
                str(Path(__file__).parent),
                str(tmp_path),
                str(course),
                str(updates),
            ],
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        killed += process.wait() == -signal.SIGKILL
        point = tmp_path / "checkpoint"
        courses = [int(word) for word in point.read_text().split()] if point.exists() else []
        losses = tables.read(tmp_path, "updates")["loss"].to_pylist()
        expected = [row(update, turn)["loss"] for update, turn in enumerate(courses)]
        assert losses[: len(courses)] == expected, f"seed {seed}, course {course}"
        log = metrics.Log(tmp_path, len(courses))
        log.close()
        found = written(tmp_path)
        assert [entry["loss"] for entry in found["updates"]] == expected, f"seed {seed}, course {course}"
        assert [entry["update"] for entry in found["retained"]] == list(range(5, len(courses) + 1, 5))
    assert killed >= 12


CUT_OFF = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from test_metrics import row
    from rewarm.train import metrics

    left = int(sys.argv[3])

    def counted(call):
        def calls(*arguments, **named):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)
        return calls

    log = metrics.Log(Path(sys.argv[2]), 0)
    Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)
    courses = []

    def add(updates, course):
        for _ in range(updates):
            log.add(row(len(courses), course))
            courses.append(course)

    def stands():
        print(*courses, flush=True)

    for updates in (10, 5, 5):
        add(updates, 1)
        log.seal()
        stands()
    add(2, 1)
    del courses[12:]
    stands()
    log.cut(12)
    add(3, 2)
    log.seal()
    stands()
    """
)


@pytest.mark.slow
def test_cut_off_before_each_rename_and_removal(tmp_path: Path) -> None:
    """The same for every moment at which what stands on disk changes, one after the other."""
    for moment in range(1, 100):
        folder = tmp_path / str(moment)
        folder.mkdir()
        ended = subprocess.run(
            [sys.executable, "-c", CUT_OFF, str(Path(__file__).parent), str(folder), str(moment)],
            capture_output=True,
            text=True,
        )
        lines = ended.stdout.splitlines()
        courses = [int(word) for word in lines[-1].split()] if lines else []
        expected = [row(update, course)["loss"] for update, course in enumerate(courses)]
        updates = tables.read(folder, "updates").to_pylist()
        assert [entry["update"] for entry in updates] == list(range(len(updates))), moment
        assert [entry["loss"] for entry in updates[: len(courses)]] == expected, moment
        log = metrics.Log(folder, len(courses))
        log.add(row(len(courses), 9))
        log.seal()
        log.close()
        expected.append(row(len(courses), 9)["loss"])
        assert log.publish()[0] == len(expected)
        assert tables.read(folder, "updates")["loss"].to_pylist() == expected, moment
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert moment > 15


def test_publishing_needs_no_memory_for_the_whole_run(tmp_path: Path) -> None:
    """60,000 updates of 64 leaves: 150 MB of numbers, published by a process that may grow by far less."""
    log = metrics.Log(tmp_path, 0)
    leaves = [[leaf, 1.5 * leaf, 100.0, 400.0] for leaf in range(64)]
    for update in range(2000):
        log.add({**row(0), "update": update, "leaves": leaves})
    log.seal()
    log.close()
    part = pq.read_table(tmp_path / "_metrics/000000000.parquet")
    at = part.schema.get_field_index("update")
    for number in range(1, 30):
        moved = part.set_column(at, "update", [[2000 * number + update for update in range(2000)]])
        pq.write_table(moved.cast(part.schema), tmp_path / f"_metrics/{2000 * number:09}.parquet")
    publish = (
        "import resource, sys; from pathlib import Path; from rewarm.train import metrics\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "log = metrics.Log(Path(sys.argv[1]), 60_000); log.close(); before = peak()\n"
        "assert log.publish()[0] == 60_000\n"
        "print(peak() - before)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", publish, str(tmp_path)], capture_output=True, text=True, check=True
    )
    leaves_table = pq.ParquetFile(tmp_path / "metrics/leaves.parquet")
    assert leaves_table.metadata.num_rows == 60_000 * 64
    grown = int(ended.stdout) * (1 if sys.platform == "darwin" else 1024) / 2**20
    assert grown < 100, f"{grown:.0f} MB"
