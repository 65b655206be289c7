"""A record → its messages, whatever its shape.

Known: an object with a list of messages (`messages`, ShareGPT's `conversations` with from and value);
a list of messages; a flat row, one message each, with user or session; a transcript, whose text has a
speaker before each line. What is no message becomes a fault with its place: nothing is left out silently.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from rewarm.data.collect.conversations.words import microseconds, role_of
from rewarm.data.collect.records import MISSING, Fault, Note, encodable, take, type_name

_NAMES = {
    "messages": ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "chat"),
    "user": ("user_id", "customer_id", "buyer_id", "visitor_id", "uid", "userid", "userId", "user",
             "customer"),
    "session": ("session_id", "conversation_id", "chat_id", "ticket_id", "dialogue_id", "sessionId",
                "conversationId", "session", "ticket"),
    "time": ("time", "timestamp", "created_at", "create_time", "createdAt", "sent_at", "send_time", "date"),
    "speaker": ("role", "from", "speaker", "sender", "author", "sender_type"),
    "content": ("content", "value", "text", "message", "utterance", "body", "msg"),
}  # fmt: skip
_IDS = ("message_id", "msg_id", "messageId")
_SPEAKER_CHARS = 40
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Message:
    """role: customer, agent, system, tool, or empty; speaker: as written; time: microseconds or None;
    group: what it belongs to: `user`, `session` or `record`, and its value; identity: its id,
    if any."""

    position: str
    group: tuple[str, str]
    role: str
    speaker: str
    text: str
    time: int | None
    identity: str = ""


Part = Message | Fault | Note


def messages(record: object, position: str, settings: dict[str, Any]) -> Iterator[Part]:
    """Messages in their order. settings: `Conversations.model_dump()`; position: of the record."""
    listed = record if isinstance(record, list) else _field(record, "messages", settings)
    if isinstance(listed, str):
        # Parquet and CSV hold lists as JSON text.
        try:
            listed = orjson.loads(listed)
        except orjson.JSONDecodeError:
            listed = MISSING
    outer = record if isinstance(record, dict) else {}
    if isinstance(listed, list):
        if not listed:
            yield Fault(position, "conversation.empty", "the list of messages is empty")
        for number, item in enumerate(listed):
            yield from _message(
                item, outer, f"{position}#{number}" if position else f"#{number}", settings, position
            )
        return
    if not isinstance(record, dict):
        seen = f"record is {type_name(record)}, neither a conversation nor a message"
        yield Fault(position, "conversation.shape", seen)
        return
    text = _field(record, "content", settings)
    if isinstance(text, str) and _field(record, "speaker", settings) in (MISSING, None):
        yield from _transcript(text, record, position, settings)
        return
    for part in _message(record, {}, position, settings, position):
        if isinstance(part, Message) and part.group[0] == "record":
            detail = "a message without user and session belongs to no conversation; set `user` or `session`"
            yield Fault(position, "conversation.no_user", detail, part.text[:_EXCERPT])
        else:
            yield part


def _message(
    item: object, outer: dict[str, Any], position: str, settings: dict[str, Any], record: str
) -> Iterator[Part]:
    if not isinstance(item, dict):
        seen = f"message is {type_name(item)}, not an object"
        yield Fault(position, "conversation.message", seen, str(item)[:_EXCERPT])
        return
    speaker = _field(item, "speaker", settings)
    if isinstance(speaker, dict):  # {"author": {"role": …}}
        speaker = speaker.get("role", speaker.get("name", MISSING))
    if not isinstance(speaker, str | int) or speaker == "":
        fields = ", ".join(map(str, list(item)[:8])) or "none"
        yield Fault(position, "conversation.speaker", f"no speaker; there are {fields}", str(item)[:_EXCERPT])
        return
    name = " ".join(encodable(str(speaker)).split())[:_SPEAKER_CHARS]
    role = role_of(str(speaker), settings["roles"])
    given = _field(item, "time", settings)
    given = _field(outer, "time", settings) if given is MISSING else given
    time = microseconds(given)
    if time is None and given not in (MISSING, None, ""):
        yield Note(position, "conversation.bad_time", f"no time that can be read: {str(given)[:40]!r}")
    group = _group(item, outer, time, settings, record)
    identity = next((str(item[name]) for name in _IDS if item.get(name) not in (None, "")), "")
    message = Message(position, group, role, name, "", time, encodable(identity))
    calls = item.get("tool_calls") or item.get("function_call")
    value = _field(item, "content", settings)
    if value not in (MISSING, None, "") or not calls:
        text, left_out = _text(value)
        if text is None:
            seen = "is missing" if value is MISSING else f"is {type_name(value)}"
            yield Fault(position, "conversation.message", f"the message's text {seen}", str(item)[:_EXCERPT])
            return
        if left_out:
            yield Note(
                position,
                "conversation.not_text",
                f"{left_out} parts that are not text (pictures, files) left out",
            )
        clean = encodable(text)
        if clean != text:
            yield Note(position, "encoding.surrogates", "half characters (lone surrogates) became ?")
        if not clean.strip() and not calls:
            yield Note(position, "conversation.empty_message", "a message without text")
            return
        if clean.strip():
            yield replace(message, text=clean.strip())
    if calls:
        called = orjson.dumps(calls, default=str, option=orjson.OPT_NON_STR_KEYS) if _plain(calls) else b"{}"
        yield replace(message, role="tool", text=called.decode())


def _transcript(text: str, record: dict[str, Any], position: str, settings: dict[str, Any]) -> Iterator[Part]:
    """Lines `用户：…`; a line without a known speaker goes on with the one before."""
    time = microseconds(_field(record, "time", settings))
    group = _group(record, {}, time, settings, position)
    found: list[tuple[str, str, list[str]]] = []
    for line in encodable(text).split("\n"):
        cut = min((at for at in (line.find("：", 0, 21), line.find(":", 0, 21)) if at > 0), default=0)
        role = role_of(line[:cut].strip(), settings["roles"]) if cut else ""
        if role:
            found.append((role, line[:cut].strip(), [line[cut + 1 :]]))
        elif found:
            found[-1][2].append(line)
        elif line.strip():
            detail = "no speaker: neither a field, nor a known word and a colon before the first line"
            yield Fault(position, "conversation.speaker", detail, line[:_EXCERPT])
            return
    if not found:
        yield Fault(position, "conversation.empty", "the conversation has no text")
    for number, (role, name, lines) in enumerate(found):
        said, place = "\n".join(lines).strip(), f"{position}#{number}"
        if said:
            yield Message(place, group, role, name, said, time)
        else:
            yield Note(place, "conversation.empty_message", "a message without text")


def _group(
    item: dict[str, Any], outer: dict[str, Any], time: int | None, settings: dict[str, Any], record: str
) -> tuple[str, str]:
    found = {}
    for kind in ("user", "session"):
        for place in (item, outer):
            value = _field(place, kind, settings)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, str | int) and value != "":
                found[kind] = encodable(str(value))
                break
    by = settings["by"]
    if by == "auto":
        timed = "user" in found and time is not None
        order = ("user", "session") if timed else ("session", "user")
        by = next((kind for kind in order if kind in found), "record")
    return (by, found[by]) if by in found else ("record", record)


def _field(record: object, kind: str, settings: dict[str, Any]) -> object:
    if settings[kind] is not None:
        return take(record, settings[kind])
    if isinstance(record, dict):
        return next((record[name] for name in _NAMES[kind] if record.get(name) is not None), MISSING)
    return MISSING


def _text(value: object) -> tuple[str | None, int]:
    """The text, None where there is none, and how many parts were no text."""
    if value is None:
        return "", 0
    if isinstance(value, str):
        return value, 0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value), 0
    if isinstance(value, list):
        parts = [part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
                 for part in value]  # fmt: skip
        texts = [part for part in parts if isinstance(part, str)]
        return "\n".join(texts), len(parts) - len(texts)
    return None, 0


def _plain(value: object) -> bool:
    try:
        orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        return False
    return True
