"""Terms, roles and tasks out of a corpus."""

from rewarm.text.domain_terms import content_words, mine, spoken, term_candidates

LAW = [
    f"The tenant must give written notice {number} days before. The county court may order payment of "
    f"rent arrears."
    for number in range(6)
] + ["The landlord shall return the deposit. Nothing about servers."] * 2
GENERAL = [
    f"The server stores a backup of each volume. Payment is possible by card. Number {number}."
    for number in range(20)
]


def test_terms_are_of_the_domain_and_not_of_others() -> None:
    found = mine(LAW + ["Completely different words stand here."] * 10, GENERAL)
    assert {"tenant", "rent arrears", "county court", "written notice"} <= found.terms.keys()
    assert not {"server", "payment", "number", "the", "of"} & found.terms.keys()


def test_roles_and_tasks_stand_around_modals() -> None:
    found = mine(LAW, GENERAL)
    assert list(found.roles) == ["county court", "tenant", "landlord"]
    assert any(task.startswith("give written notice") for task in found.tasks)
    assert ("tenant", "pay rent") in spoken("Every tenant must pay rent.")


def test_machines_are_no_persons() -> None:
    assert (
        spoken("The server must restart now. The parameter may be empty here. A counter should go up.") == []
    )


def test_chinese_roles() -> None:
    said = spoken("承租人应当按照约定支付租金。出租人不得擅自解除合同。或者可以选择其他方式。")
    assert [role for role, _ in said] == ["承租人", "出租人"] and said[0][1].startswith("按照约定支付租金")


def test_a_passage_has_its_own() -> None:
    more = ["Completely different words stand here."] * 10
    terms, roles, tasks = mine(LAW + more, GENERAL).in_text(
        "The tenant must leave the house. Rent arrears grow.", 5
    )
    assert roles == ["tenant"] and "rent arrears" in terms and tasks == ["leave the house"]


def test_candidates_never_cross_punctuation() -> None:
    found = term_candidates("rent, arrears of court. 合同，解除")
    assert "rent arrears" not in found and "rent" in found and "合同解除" not in found


def test_forms_of_a_word_are_one() -> None:
    assert content_words("Deposits returned") == content_words("returning the deposit")
