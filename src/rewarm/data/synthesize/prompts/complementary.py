"""Seven complementary prompts for every passage (SPA, 2603.22213).

The paper's strategies are from learning science: key concepts and a mind map (what there is), implications
and critical questions (why), a case, a discussion and a lesson (use it). On QuALITY they gave 57.0 against
56.2 of EntiGraph and 51.8 of Active Reading. The wording here is ours.
"""

from collections.abc import Iterator

from rewarm.data.synthesize.prompts.common import Passage, Policy, Task, about, system, task
from rewarm.llm.request import Request

PROMPTS: dict[str, tuple[Policy, str]] = {
    "key_concepts": (
        "derived",
        "Explain the key concepts of the material one after the other: what each is, its conditions and "
        "limits, "
        "and how it differs from what it could be confused with.",
    ),
    "mind_map": (
        "derived",
        "Lay out how the ideas of the material hang together, as an indented outline whose lines are full "
        "statements with their facts, from the general to the particular.",
    ),
    "implications": (
        "derived",
        "Work out what follows from the material: consequences, what it rules out, what has to be done "
        "or checked "
        "because of it, and for whom it matters.",
    ),
    "critical_questions": (
        "derived",
        "Raise demanding questions about the substance of the material (why, under which condition, what "
        "if not, "
        "which exception) and answer each in full, in running text.",
    ),
    "case": (
        "case",
        "Describe one concrete and realistic case in which the content of the material decides the "
        "outcome, step "
        "by step, and say at each step which rule or fact applies. Persons and amounts may be made up; "
        "rules, "
        "dates, deadlines, limits and citations come from the material alone.",
    ),
    "discussion": (
        "case",
        "Write a discussion between two people of the field who examine the content of the material, "
        "correct each "
        "other, and settle its difficult points with its facts.",
    ),
    "lesson": (
        "derived",
        "Teach the content of the material to somebody who knows the field but not this: in a sensible "
        "order, "
        "with the reasons, and with the typical mistakes.",
    ),
}


def tasks(passage: Passage, repeats: int) -> Iterator[Task]:
    """Every prompt, `repeats` times."""
    for sample in range(repeats):
        for name, (policy, purpose) in PROMPTS.items():
            request = Request(system(purpose, passage), about(passage), variant=sample)
            yield task(passage, request, "complementary", name, policy, sample)
