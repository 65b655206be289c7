"""How messages of a source become conversations."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share

Role = Literal["customer", "agent", "system", "tool"]


class Conversations(Part):
    """Messages, or whole conversations, that are grouped into one document a conversation
    (`docs/conversations.md`). Fields are dotted paths; none means the usual names."""

    by: Literal["auto", "user", "session", "record"] = "auto"
    """What belongs together. `auto`: the user where user and time are known, else the session, else the
    user, else the record (a file's line that holds a whole conversation)."""
    gap_minutes: float = Field(30, gt=0)
    """A user's silence that begins another conversation; web analytics and chat desks cut there, too."""
    max_hours: float = Field(24, gt=0)
    """A conversation that goes on longer is cut: beyond a day the matter is another one."""
    messages: str | None = None
    """The list of messages in a record; as messages, conversations, dialogue, turns."""
    user: str | None = None
    """As user_id, customer_id, buyer_id, uid."""
    session: str | None = None
    """As session_id, conversation_id, chat_id, ticket_id."""
    time: str | None = None
    """As time, timestamp, created_at: ISO 8601, or seconds, milliseconds, microseconds since 1970."""
    speaker: str | None = None
    """As role, from, speaker, sender."""
    content: str | None = None
    """As content, value, text, message."""
    roles: dict[str, Role] = {}
    """Speaker as written → customer, agent, system or tool; besides the usual words in zh and en."""
    speakers: dict[Role, str] = {}
    """Role → its label in the text; by default 客户, 客服, 系统, 工具 or Customer, Agent, System, Tool."""
    language: Literal["auto", "zh", "en"] = "auto"
    """Of the labels: by the source's label `language`, else by each conversation's letters."""
    canned_share: Share = 0.02
    """An agent's reply in more than this share of conversations is canned: read, not learnt. 1 masks none."""
    canned_conversations: Count = 10
    """And in at least so many: in a small corpus a few equal answers are no template."""
    min_informative: Share = 0.0
    """A conversation is dropped below this share of letters and digits that are learnt and no greeting.
    0 drops none; 0.15 drops conversations of greetings and canned replies alone."""
