"""An evaluation as lines for the terminal: a table of tasks, then the verdict."""

from rewarm.corpus.tables.task_results import TaskResult
from rewarm.evaluate import verdict
from rewarm.evaluate.of_run import Evaluated


def lines(found: Evaluated) -> list[str]:
    """A line a task with accuracy, its change and the gold answers' bits per byte; then the verdict."""
    shown = []
    if found.tasks:
        shown.append(
            f"{'task':<24}{'items':>7}{'base':>8}{'result':>8}{'chance':>8}   {'change (95 %)':<28}{'p':>7}"
            f"   {'lost/gained':<13}gold answers, bits per byte"
        )
        shown += [_task(row) for row in found.tasks]
        shown.append("")
    if found.probed:
        shown += [*found.probed.lines(), ""]
    shown += verdict.lines(found.verdict)
    return [*shown, f"written   {found.folder}"]


def _task(row: TaskResult) -> str:
    change = f"{row.change:+.3f} ({row.low:+.3f} … {row.high:+.3f})".replace("-", "−")
    bits = f"{row.bits_base:.3f} → {row.bits_result:.3f}" if row.bits_base == row.bits_base else "not known"
    counts = f"{len(row.lost)}/{len(row.gained)}"
    cut = f"   {row.cut} requests cut" if row.cut else ""
    return (
        f"{row.task:<24}{row.items:>7,}{row.base:>8.3f}{row.result:>8.3f}{row.chance:>8.2f}   {change:<28}"
        f"{row.p_adjusted:>7.3f}   {counts:<13}{bits}{cut}"
    )
