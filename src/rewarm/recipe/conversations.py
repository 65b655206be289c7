"""How messages of a source become conversations."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share

Role = Literal["customer", "agent", "system", "tool"]


class Conversations(Part):
    """Messages or whole conversations; each conversation becomes one document (`docs/conversations.md`).
    Fields are dotted paths. None: the usual names."""

    by: Literal["auto", "user", "session", "record"] = "auto"
    """Group messages by. `auto`: user if user and time are known, otherwise session, otherwise user,
    otherwise record (one line holds a whole conversation)."""
    gap_minutes: float = Field(30, gt=0)
    """Silence of a user after which a new conversation begins; web analytics and chat desks use the same."""
    max_hours: float = Field(24, gt=0)
    """Longest conversation; a longer one is split, because after a day the subject is usually another one."""
    messages: str | None = None
    """The list of messages in a record. Usual names: messages, conversations, dialogue, turns."""
    user: str | None = None
    """Usual names: user_id, customer_id, buyer_id, uid."""
    session: str | None = None
    """Usual names: session_id, conversation_id, chat_id, ticket_id."""
    time: str | None = None
    """Usual names: time, timestamp, created_at. ISO 8601, or seconds to microseconds since 1970."""
    speaker: str | None = None
    """Usual names: role, from, speaker, sender."""
    content: str | None = None
    """Usual names: content, value, text, message."""
    roles: dict[str, Role] = {}
    """Speaker as written → customer, agent, system or tool; in addition to the usual words in zh and en."""
    speakers: dict[Role, str] = {}
    """Role → its label in the text; by default 客户, 客服, 系统, 工具 or Customer, Agent, System, Tool."""
    language: Literal["auto", "zh", "en"] = "auto"
    """Language of the labels. `auto`: the source's label `language`, otherwise by each conversation."""
    canned_share: Share = 0.02
    """An agent's reply in more than this share of conversations is canned and masked. 1 masks none."""
    canned_conversations: Count = 10
    """Minimum number of conversations: in a small corpus a few equal answers are not a template."""
    min_informative: Share = 0.0
    """Drop a conversation with a smaller share of letters and digits that carry loss and are not greetings.
    0 drops none; 0.15 drops conversations that consist of greetings and canned replies."""
