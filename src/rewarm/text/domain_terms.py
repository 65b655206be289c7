"""Terms, roles and tasks that a corpus speaks of, mined from its own sentences.

A term is a run of one to three content words that stands in many documents of the domain and in few
others, by log-odds of document frequencies. A role is a person or body that stands before a modal ("the
tenant must", "当事人应当"); a task is what stands after it. So a question can be asked as the people of the
domain would ask it, with no list of professions in the program.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import rjieba

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*")
_CLAUSE = re.compile(r"[^\w\s'’-]+|\n+", re.UNICODE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words(
    "a about above after again against all also am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had has have "
    "having "
    "he her here hers herself him himself his how i if in into is it its itself just may me might more "
    "most must "
    "my no nor not now of off on once one only or other our out over own same shall she should so some "
    "such than "
    "that the their them then there these they this those through to too two under until up upon very "
    "was we were "
    "what when where whether which while who whom why will with within without would you your yours"
)
STOP_ZH = _words(
    "的 了 和 是 在 有 与 及 或 等 对 为 被 把 从 到 于 以 并 但 而 且 也 都 就 又 则 即 其 该 这 那 "
    "此 之 所 不 没有 我们 你们 他们 它们 自己 什么 怎么 可以 应当 必须 需要 能够 进行 通过 根据 按照 "
    "由于 因为 所以 如果 以及 其他 一个 这个 那个 这些 那些 中 或者 关于 上 下 个 第 后 前 时 者 向 "
    "由 将 要 会 能 可 已 还 更 最 很 用 使 让 给"
)
_MODAL = (
    "shall|must|may|should|can|cannot|will|needs? to|has to|have to|(?:is|are) required to|is entitled to"
)
_ROLE = re.compile(
    rf"\b(?:the|a|an|any|every|each|no|his|her|your|their)\s+((?:[a-z]+[ -]){{0,2}}[a-z]+)\s+(?:{_MODAL})\s+"
    r"(?:not\s+)?((?:[a-zA-Z'’-]+\s?){2,7})",
    re.IGNORECASE,
)
# Endings of persons, and words with them that are none.
_PERSON = re.compile(r"(?:ers?|ors?|ists?|ians?|ees?|men|man|wom[ae]n|person|people|lords?|lady)$")
_PERSONS = _words(
    "tenant applicant claimant defendant patient client agent accountant participant student assistant nurse "
    "consultant respondent judge court party parties parent child guest pilot technician staff crew user "
    "admin "
    "customer authority agency company bank physician surgeon clerk guardian spouse heir trustee"
)
_NO_PERSON = _words(
    "server number letter matter parameter counter header folder buffer pointer container cluster router "
    "filter "
    "identifier register error vector factor color colour sensor processor paper chapter other either center "
    "centre computer printer order layer power fever cancer ulcer liver bladder tumor tumour disorder water "
    "summer winter driver adapter adaptor connector controller compiler interpreter handler listener "
    "iterator "
    "operator selector constructor descriptor editor monitor master folder newsletter user-agent fee degree "
    "committee-fee tree knee coffee transfer answer offer cover floor door mirror motor tractor behavior "
    "behaviour flavor humor labor labour rumor authorizer trigger worker timer provider helper wrapper "
    "loader "
    "parser renderer scheduler balancer broker proxy-server character integer quarter corner border gender "
    "stomach-ulcer shoulder finger weather others answers latter former better danger abdomen specimen "
    "others "
    "numbers tumors tumours factors errors servers parameters letters orders disorders members columns"
)
_ROLE_ZH = re.compile(r"(应当|必须|不得|有权|可以|负责|需要|须|应)([\u4e00-\u9fff]{2,12})")
_PERSON_ZH = re.compile(
    r"(?:人|者|员|师|方|商|官|长|主|户|机关|部门|单位|机构|公司|企业|法院|检察院|医院|医生|护士|患者|客户|用户|当事人|委员会|政府|组织|银行)$"
)
_NO_PERSON_ZH = frozenset(("或者", "最长", "方", "部长", "增长", "延长", "地方", "双方面", "一方"))


@dataclass(frozen=True)
class DomainTerms:
    """Each by rank, best first: terms with their score, roles and tasks with document frequencies."""

    terms: dict[str, float]
    roles: dict[str, int]
    tasks: dict[str, int]

    def in_text(self, text: str, most: int) -> tuple[list[str], list[str], list[str]]:
        """Terms, roles and tasks that a text has itself, best first."""
        candidates = term_candidates(text)
        terms = [term for term in self.terms if term in candidates][:most]
        said = Counter(role for role, _ in spoken(text))
        roles = [role for role in self.roles if role in said or role in candidates]
        tasks = [task for _, task in spoken(text)]
        return terms, roles[:most], list(dict.fromkeys(tasks))[:most]


def mine(domain: Iterable[str], general: Iterable[str], most: int = 3000) -> DomainTerms:
    """From texts of the domain and others; without others, frequency alone decides."""
    inside: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    tasks: Counter[str] = Counter()
    size = other_size = 0
    for text in domain:
        size += 1
        inside.update(term_candidates(text))
        pairs = set(spoken(text))
        roles.update({role for role, _ in pairs})
        tasks.update({task for _, task in pairs})
    outside: Counter[str] = Counter()
    for text in general:
        other_size += 1
        outside.update(term_candidates(text))
    least = 2 if size < 1000 else 3
    scores = {}
    for term, count in inside.items():
        if count < least or count > max(least, 0.5 * size):
            continue
        odds = math.log((count + 0.5) / (size + 1)) - math.log((outside[term] + 0.5) / (other_size + 1))
        if odds > 0.7 or not other_size:
            # Longer terms say more at the same frequency.
            scores[term] = odds * math.log1p(count) * (1 + 0.3 * _length(term))
    return DomainTerms(
        dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most]),
        dict(sorted(roles.items(), key=lambda item: (-item[1], item[0]))[:200]),
        dict(sorted(tasks.items(), key=lambda item: (-item[1], item[0]))[:2000]),
    )


def term_candidates(text: str) -> set[str]:
    """Runs of one to three content words, in lower case, never over punctuation."""
    found: set[str] = set()
    for clause in _CLAUSE.split(text):
        words = [word.lower() for word in _WORD.findall(clause)]
        _runs(words, STOP, " ", 4, found)
        for run in _HAN.findall(clause):
            _runs(rjieba.cut(run), STOP_ZH, "", 2, found)
    return found


def spoken(text: str) -> list[tuple[str, str]]:
    """(role, task) of every sentence that says what somebody must, may or can do."""
    found: list[tuple[str, str]] = []
    for match in _ROLE.finditer(text):
        words = [word for word in match[1].lower().split() if word not in STOP]
        task = match[2].lower().split()
        if words and _is_person(words[-1]) and len(task) > 1:
            found.append((" ".join(words), " ".join(task)))
    for match in _ROLE_ZH.finditer(text):
        run = _HAN.findall(text[max(0, match.start() - 12) : match.start()] or " ")
        words = rjieba.cut(run[-1]) if run and text[match.start() - 1] == run[-1][-1] else []
        if words and len(words[-1]) > 1 and words[-1] not in _NO_PERSON_ZH and _PERSON_ZH.search(words[-1]):
            found.append((words[-1], match[2]))
    return found


def content_words(text: str) -> set[str]:
    """Distinct words that say something, in lower case, ends like -s and -ing cut so that forms agree."""
    found = {
        _stem(word.lower()) for word in _WORD.findall(text) if word.lower() not in STOP and len(word) > 2
    }
    for run in _HAN.findall(text):
        found.update(word for word in rjieba.cut(run) if word not in STOP_ZH)
    return found


def _is_person(word: str) -> bool:
    if word in _NO_PERSON:
        return False
    return word in _PERSONS or bool(_PERSON.search(word))


def _runs(words: list[str], stop: frozenset[str], joint: str, least: int, found: set[str]) -> None:
    for start in range(len(words)):
        for end in range(start + 1, min(start + 4, len(words) + 1)):
            if words[end - 1] in stop:
                break
            term = joint.join(words[start:end])
            if len(term) >= least:
                found.add(term)


def _length(term: str) -> int:
    return len(term.split()) if term.isascii() else max(1, len(term) // 2)


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
