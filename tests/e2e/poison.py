"""Documents that slow a worker down or kill it, by a stand-in for `ftfy` in front of the real one.

No text is known to crash a worker of rewarm; the stand-in makes one, in child processes and on
clusters alike, without a seam in the product.
"""

from pathlib import Path

# With mojibake: only lines that ftfy can change are given to it.
SLOW, KILL = "a document that takes its time â€¦", "a document that kills â€¦"

_STAND_IN = f"""
import os, signal, sys, time

_here = os.path.dirname(os.path.abspath(__file__))
sys.path = [path for path in sys.path if os.path.abspath(path) != _here]
del sys.modules["ftfy"]
import ftfy
sys.path.insert(0, _here)
_real = ftfy.fix_text

def _fix_text(text, *rest, **more):
    if {SLOW!r} in text:
        time.sleep(0.5)
    if {KILL!r} in text:
        os.kill(os.getpid(), signal.SIGKILL)
    return _real(text, *rest, **more)

ftfy.fix_text = _fix_text
"""


def stand_in(folder: Path) -> str:
    """Write it; the PYTHONPATH entry that puts it in front."""
    folder.mkdir()
    (folder / "ftfy.py").write_text(_STAND_IN)
    return str(folder)
