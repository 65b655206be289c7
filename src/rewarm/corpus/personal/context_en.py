"""What stands around a name in English and speaks for it, or against it.

Patterns of many alternatives are slow, so the last word before is looked up in a set first.
"""

import re

from rewarm.corpus.personal.name_lists import words

_ROLES = "|".join(words("english_roles"))
# What a person's name follows, without a capital between.
_CALLED = re.compile(
    r"(?:\b(?:[Mm]y name is|[Mm]y name['’]s|[Nn]ame is|I am|I['’]m|[Tt]his is|[Ii]t['’]?s|[Cc]all(?:ed)? me|"
    r"[Cc]all(?:ed)? (?:himself|herself|themselves)|[Cc]alled|[Nn]amed|[Dd]ear|Hi|Hello|Hey|hi|hello|hey|"
    r"[Tt]hanks,?|[Tt]hank you,?|[Tt]hx,?|[Rr]egards,?|[Ss]incerely,?|[Cc]heers,?|[Bb]est,?|[Yy]ours,?|"
    r"[Aa]ttn\.?:?|ATTN:?|[Ss]igned(?: by|,)?|(?:[Ss]poke|[Ss]peak|[Tt]alk(?:ed|ing)?|[Ss]peaking|[Mm]et) "
    r"(?:to|with|w/)|[Aa]sk(?:ed)?(?: for)?|[Ww]aiting on|[Ll]ooping in|[Cc]c['’]?(?:ing|ed)?|[Pp]ing(?:ed)?|"
    r"[Tt]old|[Tt]ell|[Rr]each|[Rr]ing|[Vv]isit|[Hh]elp|[Pp]ay|[Pp]hone|[Cc]ontact|[Nn]otify|[Nn]otified|"
    r"[Ee]mail(?:ed)?|[Tt]ext(?:ed)?|[Ss]erved (?:up)?on|[Ii]ssued to|"
    r"[Aa]ssigned to|[Rr]eported by|[Ww]ritten by|[Ff]iled by|[Ss]igned for[^.\n]{0,24} by|"
    rf"(?:{_ROLES})(?: name)?(?: is| was)?(?:,|:| \()?)|"
    r"\b(?:GP|NOK|PT|Pt|pt|PM)[: ]|@|^[-–—]) ?\n?\(?$",
    re.M,
)
# What letters and messages end with.
CLOSINGS = ("thx", "thanks", "cheers", "regards", "best", "sincerely", "yours", "love")
# The last word of what `_CALLED` finds: a look into a set first, since the pattern is slow.
_CALLING = frozenset(words("english_calling"))
ROLE_WORDS = frozenset(
    word.lower()
    for role in words("english_roles")
    for word in re.sub(r"\[(.).\]|(.)\?", r"\1\2", role).split("-")[-1:]
) | {"neighbour", "neighbor", "fiancé", "fiancée"}
_LAST = re.compile(r"([^\s,:;.(]+)[ ,:.(\n]{0,4}$")
FAMILY_ONLY = re.compile(
    r"(?:[Ss]urname|[Ff]amily name|[Ll]ast name|(?:booking|reservation|order|account) under|"
    r"[Yy]our name|[Ww]hat name)\b[^\n]{0,30}?\n?[^\n]{0,12}[:?] ?$"
)
ACTS = re.compile(
    r"(?:['’]s)? (?:said|says|speaks|called|told|asked|asks|works|worked|lives|lived|wrote|writes|moved|"
    r"sent|left|"
    r"replied|joined|paid|bought|ordered|signed|thinks|wants|wanted|needs|forgot|lost|felt|insisted|"
    r"denied|denies|testified|objected|admitted|complained|confirmed|emailed|phoned|texted|resigned|"
    r"reported|requested|reminded|agreed|apologi[sz]ed|arrived|mentioned|pasted|noticed|argued|stated|"
    r"alleged|alleges|covered|took|came|went|saw|heard|spoke|walked|drove|returned|answered|"
    r"refused|visited|picked|booked|collected|presented|scored|will be (?:out|back|in|on)|"
    r"is (?:on|out|off|away|sick)|"
    r"(?<=['’]s )(?:old |new |own |work )?(?:login|account|laptop|desk|number|phone|email|wife|"
    r"husband|mother|father|son|"
    r"daughter|manager|team|car|house|signature|file|record|shift|appointment|visit|results?|mum|mom|dad|"
    r"parents|brother|sister|doctor|landlord|boss|report|essay|homework|flight|room|order|parcel)|can you|"
    r"could you|phone|email|birthday)\b"
)
PROVES = re.compile(
    r"(?:[Nn]ame|is|by|witness|[Cc]ontact|[Pp]atient|[Cc]ustomer|tenant|employee|with|Dear|Attn|"
    r"to|from|named|for|and|,|called|defendant|plaintiff|agent|[:|\t\n(\"'])\.? ?$"
)
AFTER = re.compile(
    r"(?:['’]s)? (?:said|says|called|wrote|has|had|is|was|will|and|asked|told|moved|lives|lived|"
    r"works|worked|joined|paid|at|of|from|on|in|to|with|for|described|can|could|sent|signed|"
    r"ordered|born|resides|v\.|vs\.?|\(|<|[0-9])|[,|;:\t\n.)\"']|$|['’]s"
)
# What is called after somebody: Duane syndrome, Zollinger-Ellison syndrome, the Hill coefficient.
EPONYM = re.compile(
    r"(?:['’]s?)?(?:(?:[ -][A-Za-z]{1,20}){0,3}[ -](?:"
    + "|".join(words("english_illnesses"))
    + r")|[ -](?:"
    + "|".join(words("english_eponyms"))
    + r"))\b"
)
LOWER_NEXT = re.compile(r"(?:['’]s|[\"”])? [a-z]{2,}|: [A-Z]")
MIDDLE = re.compile(r"[a-z,;(:][ (]?$")
ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?|[Tt]his|[Tt]hat|[Yy]our|[Oo]ur|[Tt]heir) $")
OPENS = re.compile(r"(?:^|[.!?:\n>\])-] ?|[\"“])$")
_GREETS = frozenset(
    ["dear", "hi", "hello", "hey", "thanks", "regards", "cheers", "name", "is", "called", "attn"]
)
_GREETING = re.compile(
    r"(?:\b(?:[Dd]ear|Hi|Hello|Hey|[Aa]ttn\.?:?|[Cc]alled (?:himself|herself|themselves)|[Mm]y name is)|"
    r"(?:[Tt]hanks|[Rr]egards|[Cc]heers)[,.]?\n) ?$"
)
_ROLE = re.compile(rf"\b(?:{_ROLES})(?: name)?(?: is| was)?(?:,|:)? \(?$")


def stands_small(text: str, name: str) -> bool:
    """Whether the text also writes the word in small letters, as it does with terms: Titin, titin."""
    small = name.lower()
    at = text.find(small)
    while at >= 0:
        left, right = text[max(0, at - 1) : at], text[at + len(small) : at + len(small) + 1]
        if not (left + right).strip(" ,;\n()"):
            return True
        at = text.find(small, at + 1)
    return False


def is_called(before: str) -> bool:
    """Whether a name follows: somebody is greeted, asked, told, or a role stands there."""
    last = _LAST.search(before)
    if last is None or (
        last[1].lower() not in _CALLING and last[1].lower() not in ROLE_WORDS and last[1] not in "-–—@"
    ):
        return False
    return _CALLED.search(before) is not None


def is_role(before: str) -> bool:
    """Whether a role or a greeting stands before, so that even a word on no list is a name."""
    last = _LAST.search(before)
    return (
        last is not None
        and (last[1].lower() in ROLE_WORDS or last[1].lower() in _GREETS)
        and bool(_ROLE.search(before) or _GREETING.search(before))
    )
