"""Collect: from files as users have them to one table of documents.

    origins.py      which files a source has, and their fingerprint (globs.py)
    streams.py      opening them, .gz and .zst included
    cuts.py         large files in parts: JSON lines by bytes, Parquet by row groups (part_notes.py)
    readers.py      one file → records, faults, notes: json_lines.py, json_tree.py, parquet.py,
                    plain_text.py, sqlite.py; parsed_files.py gives documents to rewarm.parse
    step.py         all sources → documents/ and faults/, unit by unit; a unit's shards: shards.py

Reads the sources of the recipe; writes `documents/NNNNN.parquet` and `faults/NNNNN.parquet`,
and `NNNNN_0001.parquet` … where a unit's text is too much for one shard.
No input stops the step but by wish (`on_bad_record: stop`): what cannot be read becomes a row in
`faults` with file, position and reason. Only a source without any document is an error.
Tests: `pytest tests/data/collect`.
"""
