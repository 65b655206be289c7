"""A live, read-only page over many runs: `rewarm board DIR`.

`server` accepts requests that `access` admits, `routes` answers them with JSON or CSV from a `RunView`, and
the page in `page/` draws them. Nothing is written and no step or trainer is imported: everything comes from
the files of the runs, through `runs/`. Every answer has a tag made from the state of these files, so a page
that asks again is answered without reading them when nothing has changed.
"""
