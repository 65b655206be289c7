"""The sandbox: parsers in child processes with limits.

    process.py    one child: started, asked, timed, killed and replaced
    child.py      what runs inside: sets its own limits, answers requests
    frames.py     messages over a pipe: a length and JSON

A child is long-lived: a thousand small files pay one start. It lowers its own limits (address space, CPU
time, file size, open files) before it reads anything; wall time is watched from outside. Before each page
it says which one it begins, so that a crash or a hang costs that page: the file is read again without it.
"""
