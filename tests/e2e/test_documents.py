"""A law firm's folder, used unchanged: PDFs, one of them scanned, Word, web page, mail, archive, broken."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import hostile
import made_pages
import pyarrow as pa
import pytest
import test_formats
import test_mail
from command_line import rewarm, write_recipe
from transformers import AutoTokenizer

from rewarm.corpus.tables import documents
from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


def read_arrow(path: Path) -> list[dict[str, Any]]:
    with pa.memory_map(str(path)) as source:
        rows: list[dict[str, Any]] = pa.ipc.open_file(source).read_all().to_pylist()
    return rows


def make_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "lease.pdf").write_bytes(made_pages.chinese_page("lease", 40).pdf)
    (folder / "terms.pdf").write_bytes(made_pages.two_columns("terms").pdf)
    (folder / "scan.pdf").write_bytes(made_pages.scanned(made_pages.one_column("s", 1), dpi=110).pdf)
    (folder / "agreement").write_bytes(test_formats.word())
    (folder / "page.html").write_text(test_formats._PAGE)
    (folder / "mail.eml").write_bytes(
        test_mail.message(
            "Offer", "We accept.\n\nOn Monday, Ann wrote:\n> old", attachment=test_formats.word()
        )
    )
    inner = hostile.zip_of({"deep.md": b"# Deep\n\nA note in an archive in an archive."})
    (folder / "case.zip").write_bytes(
        hostile.zip_of(
            {
                "2021/book.epub": test_formats.epub(),
                "rows.jsonl": b'{"text": "a row in an archive"}\n{"txt": 1}\n',
                "inner.zip": inner,
                "../../outside.txt": b"x",
            }
        )
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(200)) * 9)
    (folder / "empty.docx").write_bytes(b"")
    (folder / "locked.docx").write_bytes(
        test_formats._OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    (folder / "note.pdf").write_text("A plain text note that is named as a PDF.")
    (folder / "notes.txt.gz").write_bytes(gzip.compress(b"A note that is compressed."))
    (folder / "rows.jsonl").write_text('{"text": "a row as before"}\n')


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    folder = tmp_path_factory.mktemp("firm")
    make_folder(folder / "law")
    (folder / "api").mkdir()
    rows = [json.dumps({"text": made_pages.english(f"api{n}", 6)}) for n in range(60)]
    (folder / "api/rows.jsonl").write_text("\n".join(rows))
    write_recipe(
        folder,
        model,
        collect={"parse": {"ocr": "never", "page_seconds": 20}},
        holdout={"min_documents": 2, "max_documents": 2},
    )
    ended = rewarm(folder, "run", "recipe.yaml")
    assert ended.returncode in (0, 4), ended.stderr
    return folder


def test_a_mixed_folder_trains_and_explain_leads_back_to_a_page(firm: Path) -> None:
    run = firm / "runs/small"
    steps = json.loads((run / "run.json").read_text())["steps"]
    collected = run / "steps" / steps["collect"]
    found = {row["origin"]: row for row in documents.rows(collected / "documents") if row["source"] == "law"}
    assert set(found) == {
        "agreement",
        "case.zip!2021/book.epub",
        "case.zip!inner.zip!deep.md",
        "case.zip!rows.jsonl:1",
        "lease.pdf",
        "mail.eml",
        "mail.eml!../lease.pdf",
        "note.pdf",
        "notes.txt.gz",
        "page.html",
        "rows.jsonl:1",
        "terms.pdf",
    }
    assert found["mail.eml"]["text"] == "Offer\n\nWe accept."
    faults = {(row["origin"], row["reason"]) for row in documents.rows(collected / "faults")}
    assert faults == {
        ("broken.pdf", "parse.pdf"),
        ("case.zip:../../outside.txt", "archive.path"),
        ("case.zip!rows.jsonl:2", "parse.field"),
        ("empty.docx", "parse.empty_file"),
        ("locked.docx", "parse.encrypted"),
        ("note.pdf", "kind.text"),
        ("scan.pdf:1", "parse.scanned_page"),
        ("scan.pdf", "parse.empty"),
    }
    pages = [row for row in documents.rows(collected / "pages") if row["id"] == found["lease.pdf"]["id"]]
    assert len(pages) > 3 and pages[-1]["end"] == len(found["lease.pdf"]["text"])

    explained = rewarm(firm, "explain", str(run), found["lease.pdf"]["id"])
    assert re.search(r"trained   update \d+ .*  pages? \d+", explained.stdout), explained.stdout[:3000]
    update = re.search(r"update (\d+)", explained.stdout)
    assert update is not None
    told = rewarm(firm, "explain", str(run), "--update", update[1])
    assert re.search(r"lease\.pdf  pages? \d+", told.stdout), told.stdout


def test_every_use_names_the_pages_on_which_its_words_stand(firm: Path) -> None:
    run = Run(firm / "runs/small")
    collected = run.steps["collect"].path
    (lease,) = [row for row in documents.rows(collected / "documents") if row["origin"] == "lease.pdf"]
    pages = [row for row in documents.rows(collected / "pages") if row["id"] == lease["id"]]
    tokens = {}
    for shard in (run.steps["tokenize"].path / "tokens").glob("*.arrow"):
        tokens.update({row["id"]: row["tokens"] for row in read_arrow(shard)})
    tokenizer = AutoTokenizer.from_pretrained(firm / "runs/small/model")
    uses = run.explain(lease["id"]).trained
    assert len(uses) > 5
    for use in uses:
        first, _, last = use.pages.partition("–")
        inside = [page for page in pages if int(first) <= page["page"] <= int(last or first)]
        shown = lease["text"][inside[0]["start"] : inside[-1]["end"]]
        ids = tokens[lease["id"]][use.first_token : use.first_token + use.tokens]
        words = tokenizer.decode(ids, skip_special_tokens=True).strip("\ufffd\n ")
        middle = words[len(words) // 2 - 10 : len(words) // 2 + 10].strip("\n")
        assert len(middle) > 5 and middle.replace("\n", "") in shown.replace("\n", ""), (use, words)


def test_a_scan_is_read_by_ocr(firm: Path) -> None:
    ended = rewarm(firm, "parse", "law/scan.pdf", "--json")
    assert ended.returncode == 0, ended.stderr
    (document,) = json.loads(ended.stdout)["documents"]
    wanted = made_pages.one_column("s", 1)
    assert made_pages.accuracy(document["text"], wanted.text) > 0.93
    assert document["pages"][0]["via"] == "ocr" and document["pages"][0]["quality"] > 0.9


def test_a_scanned_page_is_trained_on_and_named_by_the_update(tmp_path: Path, model: Path) -> None:
    make_folder(tmp_path / "law")
    (tmp_path / "api").mkdir()
    rows = [json.dumps({"text": made_pages.english(f"api{n}", 6)}) for n in range(60)]
    (tmp_path / "api/rows.jsonl").write_text("\n".join(rows))
    write_recipe(tmp_path, model, holdout={"min_documents": 2, "max_documents": 2})
    ended = rewarm(tmp_path, "run", "recipe.yaml")
    assert ended.returncode in (0, 4), ended.stderr
    run = Run(tmp_path / "runs/small")
    collected = run.steps["collect"].path
    (scan,) = [row for row in documents.rows(collected / "documents") if row["origin"] == "scan.pdf"]
    wanted = made_pages.one_column("s", 1)
    assert made_pages.accuracy(scan["text"], wanted.text) > 0.93
    pages = [row for row in documents.rows(collected / "pages") if row["id"] == scan["id"]]
    assert {row["via"] for row in pages} == {"ocr"} and min(row["quality"] for row in pages) > 0.8
    assert not [row for row in documents.rows(collected / "faults") if row["origin"].startswith("scan.pdf")]
    uses = run.explain(scan["id"]).trained
    assert uses and {use.pages for use in uses} == {"1"}
    shown = rewarm(tmp_path, "explain", "runs/small", "--update", str(uses[0].update))
    assert re.search(r"scan\.pdf  page 1", shown.stdout), shown.stdout


def test_of_a_contract_as_word_file_and_as_scan_the_word_file_stays(tmp_path: Path, model: Path) -> None:
    """The scan has more text and the first name, so that neither length nor order decides."""
    import docx

    contract = made_pages.one_column("contract", 3)
    (tmp_path / "law").mkdir()
    (tmp_path / "law/a-scan.pdf").write_bytes(made_pages.scanned(contract).pdf)
    word = docx.Document()
    for paragraph in contract.paragraphs[:-1]:
        word.add_paragraph(paragraph)
    word.add_paragraph(contract.paragraphs[-1].rpartition(". ")[0] + ".")
    word.save(str(tmp_path / "law/contract.docx"))
    for name in ("law/notes.jsonl", "api/rows.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        rows = [json.dumps({"text": made_pages.english(f"{name}{n}", 6)}) for n in range(60)]
        (tmp_path / name).write_text("\n".join(rows))
    write_recipe(tmp_path, model, holdout={"min_documents": 2, "max_documents": 2})
    ended = rewarm(tmp_path, "run", "recipe.yaml", "--until", "dedupe")
    assert ended.returncode == 0, ended.stderr
    run = tmp_path / "runs/small"
    collected = Run(run).documents.select(["id", "origin", "heldout", "dropped_by", "reason"]).to_pylist()
    ids = {row["origin"]: row for row in collected if row["origin"] in ("a-scan.pdf", "contract.docx")}
    assert [(row["heldout"], row["dropped_by"], row["reason"]) for row in ids.values()] == [
        (False, "dedupe", "near_duplicate"),
        (False, None, None),
    ]
    shown = rewarm(tmp_path, "explain", "runs/small", ids["a-scan.pdf"]["id"])
    match = re.search(r"dedupe +drop near_duplicate .* match (\w+)", shown.stdout)
    assert match and match[1] == ids["contract.docx"]["id"], shown.stdout
    texts = {row["id"]: row for row in documents.rows(Run(run).steps["collect"].path / "documents")}
    scan, word_file = (texts[ids[name]["id"]] for name in ("a-scan.pdf", "contract.docx"))
    assert len(scan["text"]) > len(word_file["text"])
    assert json.loads(scan["meta"])["page_quality"] < 1
