import email.message

import pytest

from rewarm.parse.mail.quoted import without_quotes


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        ("Agreed.\n\nOn Mon, 3 Jun 2024 at 10:00, Ann wrote:\n> Shall we meet?\n> Ann", "Agreed."),
        ("同意。\n\n在 2024年6月3日 10:00，张三 写道：\n\n> 明天开会吗？\n>", "同意。"),
        ("同意。\n\n------------------ 原始邮件 ------------------\n发件人: 张三\n明天开会吗？", "同意。"),
        ("Fine.\n\n-----Original Message-----\nFrom: Ann\nShall we?", "Fine."),
        (
            "Fine.\n\nFrom: Ann <a@example.org>\nSent: Monday\nTo: Bob\nSubject: Meeting\n\nShall we meet?",
            "Fine.",
        ),
        ("> Shall we meet?\nYes, at ten.\n> And where?\nIn my office.", "Yes, at ten.\nIn my office."),
        ("Text.\n-- \nBob\nExample Ltd", "Text."),
        ("Am 3. Juni 2024 um 10:00 schrieb Ann:\n\n> Wann?\n\nUm zehn.", "Um zehn."),
        ("Siehe unten\n\nAm 3. Juni 2024 schrieb Ann:\n> Wann?", "Siehe unten"),
        ("> nothing but\n> a quote", "> nothing but\n> a quote"),
        (
            "From: is a word that begins a line\nand goes on.",
            "From: is a word that begins a line\nand goes on.",
        ),
        ("He wrote:\nnothing is quoted here", "He wrote:\nnothing is quoted here"),
    ],
)
def test_the_author_s_own_words_are_left(mail, own):
    assert without_quotes(mail) == own


def message(subject: str, body: str, *, html: str = "", attachment: bytes = b"") -> bytes:
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ann <a@example.org>", "b@example.org", subject
    made["Date"] = "Mon, 3 Jun 2024 10:00:00 +0000"
    made.set_content(body)
    if html:
        made.add_alternative(html, subtype="html")
    if attachment:
        made.add_attachment(attachment, maintype="application", subtype="pdf", filename="../lease.pdf")
    return made.as_bytes()


def test_a_message_gives_subject_body_and_attachments(parsed):
    given = parsed(message("租赁 合同", "正文。\n\nOn Monday, Ann wrote:\n> old", attachment=b"%PDF-1.4"))
    assert given.text == "租赁 合同\n\n正文。"
    assert given.documents[0].meta["date"].startswith("Mon, 03 Jun 2024")
    assert [(member.name, member.size) for member in given.members] == [("../lease.pdf", 8)]


def test_a_message_of_html_alone(parsed):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", "Offer"
    made.set_content("<p>Dear <b>Bob</b></p><p>Yes.</p>", subtype="html")
    assert parsed(made.as_bytes()).text == "Offer\n\nDear Bob\n\nYes."


def test_a_mailbox_gives_a_document_a_message(parsed):
    mails = [message(f"Mail {n}", f"Body {n}.\nFrom here on.\n") for n in range(3)]
    box = b"".join(b"From a@example.org Mon Jun  3 10:00:00 2024\n" + mail + b"\n" for mail in mails)
    given = parsed(box)
    assert [document.position for document in given.documents] == ["1", "2", "3"]
    assert given.documents[1].text == "Mail 1\n\nBody 1.\nFrom here on."
