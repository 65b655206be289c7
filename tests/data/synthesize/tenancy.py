"""A small corpus of tenancy law, in English and Chinese, whose documents differ in their facts."""

import random

_WHO = "tenant landlord agent guarantor lodger contractor inspector surveyor caretaker owner".split()  # noqa: SIM905
_WHAT = [
    "pay the deposit", "repair the boiler", "register the agreement", "give written notice",
    "return the keys", "insure the building", "inspect the wiring", "serve the claim form",
    "disclose the defect", "keep the receipts",
]  # fmt: skip
_ZH_WHO = ["出租人", "承租人", "中介机构", "保证人", "物业公司", "施工单位", "登记机关", "当事人"]
_ZH_WHAT = [
    "交付房屋",
    "支付租金",
    "办理登记",
    "修缮屋顶",
    "返还押金",
    "书面通知对方",
    "购买保险",
    "检查线路",
]


def english(number: int) -> str:
    """About 1,200 characters with names, amounts, dates and sections."""
    rng = random.Random(f"en {number}")
    lines = [f"Tenancy memorandum {number} of the Harrow Housing Office."]
    for place in range(9):
        who, other = rng.sample(_WHO, 2)
        what = rng.choice(_WHAT)
        lines.append(
            f"Under section {rng.randint(10, 400)}, the {who} must {what} within {rng.randint(3, 90)} "
            f"days of "
            f"{rng.randint(1, 28)} {rng.choice(['March', 'May', 'October'])} {rng.randint(1990, 2024)}, "
            f"and the {other} "
            f"may claim {rng.randint(100, 9999)} pounds for delay number {place + number * 10} in the "
            f"register."
        )
    return " ".join(lines)


def chinese(number: int) -> str:
    """About 500 characters of the same kind."""
    rng = random.Random(f"zh {number}")
    lines = []
    for place in range(9):
        who, other = rng.sample(_ZH_WHO, 2)
        article, days, sum_asked = rng.randint(10, 300), rng.randint(3, 90), rng.randint(100, 9999)
        lines.append(
            f"根据本规定第{article}条，{who}应当在{days}日内{rng.choice(_ZH_WHAT)}，"
            f"逾期的，{other}可以要求赔偿{sum_asked}元，"
            f"并在编号{place + number * 10}的登记簿中记载原因和后果。"
        )
    return "".join(lines)
