"""Settings of the step `redact`."""

from typing import Literal

from rewarm.recipe.part import Part, Share

Action = Literal["surrogate", "mask", "drop_sentence", "drop_document", "leave"]


class PersonalTypes(Part):
    """What is done to each type. A surrogate leaves the sentence whole and teaches no placeholder; it carries
    no loss. The others: no loss on the value itself, the sentence goes, the document goes, nothing."""

    name: Action = "surrogate"
    """Where the source's `redact` says so. Given and family names; a surname before a title, too."""
    phone: Action = "surrogate"
    identity: Action = "surrogate"
    """Identity numbers of China (18 and 15 digits), social security numbers, driving licences by label."""
    card: Action = "surrogate"
    """Bank cards (Luhn), IBANs, accounts by label."""
    email: Action = "surrogate"
    address: Action = "surrogate"
    """With a house number, or down to the road. Province and city stay as they are."""
    plate: Action = "surrogate"
    account: Action = "surrogate"
    """Of messengers and sites, by label: WeChat, QQ, Weibo, Telegram …"""
    order: Action = "surrogate"
    """Order, parcel, invoice and case numbers, by label."""
    passport: Action = "surrogate"
    url_secret: Action = "surrogate"
    """The value of token=, signature= and the like in a URL; passwords in one."""
    api_key: Action = "surrogate"
    """Keys with an issuer's prefix, private keys, passwords and secrets by label."""
    ip: Action = "leave"
    """Public ones. Manuals are full of addresses that are nobody's."""
    mac: Action = "leave"


class Redact(Part):
    """Personal data, before any other step writes a text down. On by default: a model repeats what it reads,
    and what is found late has been trained on already."""

    enabled: bool = True
    types: PersonalTypes = PersonalTypes()
    conversation: str = "conversation"
    """The field that names a document's conversation, in which a person keeps one surrogate."""
    ner: str | None = None
    """A spaCy model for names besides the rules, as `en_core_web_sm`; needs rewarm[ner]; 0.01 MB/s a core."""
    max_share: Share = 0.001
    """A surrogate in more documents than this is counted as too frequent."""
