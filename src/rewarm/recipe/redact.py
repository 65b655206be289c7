"""Settings of the step `redact`."""

from typing import Literal

from rewarm.recipe.part import Part, Share

Action = Literal["surrogate", "mask", "drop_sentence", "drop_document", "leave"]


class PersonalTypes(Part):
    """Action for each type. A surrogate keeps the sentence whole, is no placeholder that could be learned,
    and carries no loss. The others: mask the value itself, drop the sentence, drop the document, keep."""

    name: Action = "surrogate"
    """If the source's `redact` includes names. Given and family names; also a surname before a title."""
    phone: Action = "surrogate"
    """Mobile and landline numbers, by their form or a label."""
    identity: Action = "surrogate"
    """Identity numbers of China (18 and 15 digits), social security numbers, driving licences by label."""
    card: Action = "surrogate"
    """Bank cards (Luhn), IBANs, accounts by label."""
    email: Action = "surrogate"
    """E-mail addresses."""
    address: Action = "surrogate"
    """With a house number, or down to the road. Province and city are kept."""
    plate: Action = "surrogate"
    """Number plates: of China by their form, others by a label or near a word for a vehicle."""
    account: Action = "surrogate"
    """Accounts of messengers and sites, by label: WeChat, QQ, Weibo, Telegram …"""
    order: Action = "surrogate"
    """Order, parcel, invoice and case numbers, by label."""
    passport: Action = "surrogate"
    """Numbers of passports and travel permits, near a word that names them."""
    url_secret: Action = "surrogate"
    """Values of token=, signature= and similar parameters in a URL; passwords in a URL."""
    api_key: Action = "surrogate"
    """Keys with an issuer's prefix, private keys, passwords and secrets by label."""
    ip: Action = "leave"
    """Public addresses. Kept, because manuals contain many that belong to nobody."""
    mac: Action = "leave"
    """Hardware addresses of network devices. Kept, because most stand in manuals and logs."""


class Redact(Part):
    """Replace personal data before any other step writes text. On by default: a model can repeat what it
    reads, and data found later has already been trained on."""

    enabled: bool = True
    """`false` passes personal data on to all later steps and to the model."""
    types: PersonalTypes = PersonalTypes()
    conversation: str = "conversation"
    """The field with the conversation of a document, in which a person has one surrogate."""
    ner: str | None = None
    """A spaCy model for names in addition to the rules, e.g. `en_core_web_sm`; rewarm[ner]; 0.01 MB/s per
    core."""
    max_share: Share = 0.001
    """A surrogate in more documents than this is counted as too frequent."""
