"""A scripted model that writes and answers questions about the regulations of `harbours`.

It knows which answer is right because it remembers what it wrote. Words in a question say how it behaves:
KNOWN ones it answers without the document, UNCLEAR ones it does not answer with it.
"""

import json
import re
import threading
from typing import Any

_MATERIAL = re.compile(r"<<<MATERIAL (\w+)>\n(.*?)\n<MATERIAL \1>>>", re.DOTALL)
_FACT = re.compile(r"Article (\d+) In (\w+) the warden (\w+) [\w ]+? in (\d+) days, [^\n]*")
_FACT_ZH = re.compile(r"第([一-九])条 (\w+?)码头在(\w+?日)内检查[^\n]*")


class Examiner:
    """The answer function of a `ScriptedServer`. kinds: how the questions of a passage are, in turn."""

    def __init__(self, kinds: tuple[str, ...] = ("good",)) -> None:
        self.kinds = kinds
        self.right: dict[str, str] = {}
        self.asked = 0
        self._lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> str:
        system, user = (message["content"] for message in body["messages"][:2])
        parts = [match[2] for match in _MATERIAL.finditer(user)]
        if "Write exam questions" in system:
            return json.dumps({"questions": self._written(parts[-1])}, ensure_ascii=False)
        question, *lines = parts[-1].split("\n") if parts else ("",)
        options = {line[3:]: line[0] for line in lines}
        if "from the material alone" in system:
            return json.dumps({"choice": "none" if "UNCLEAR" in question else options[self.right[question]]})
        return json.dumps({"choice": options[self.right[question]] if "KNOWN" in question else "A"})

    def _written(self, text: str) -> list[dict[str, Any]]:
        found = [self._question(match) for match in (*_FACT.finditer(text), *_FACT_ZH.finditer(text))]
        return found or [
            self._question(
                next(_FACT.finditer("Article 1 In X the warden Y inspects the Z in 3 days, and so on."))
            )
        ]

    def _question(self, match: re.Match[str]) -> dict[str, Any]:
        with self._lock:
            kind = self.kinds[self.asked % len(self.kinds)]
            self.asked += 1
        if match.re is _FACT:
            article, place, warden, days = match.groups()
            question = f"By when must the warden {warden} of {place} act under Article {article}?"
            answer, wrong = f"{days} days", ["2 weeks", "9 hours", "1 year"]
        else:
            article, place, answer = match.groups()
            question, wrong = (
                f"根据第{article}条，{place}码头应当在多长时间内检查？",
                ["两周", "半年", "一小时"],
            )
        question = {"known": f"KNOWN {question}", "unclear": f"UNCLEAR {question}"}.get(kind, question)
        evidence = match[0]
        if kind == "points":
            question = f"What does the passage say? {question}"
        elif kind == "invented":
            answer = "4711 days"
        elif kind == "no_evidence":
            evidence = f"{evidence} And more."
        elif kind == "alike":
            wrong = [answer, *wrong[1:]]
        self.right[question] = answer
        return {"question": question, "answer": answer, "distractors": wrong, "evidence": evidence}
