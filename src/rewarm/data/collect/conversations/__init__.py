"""Conversations: from messages, in whatever shape, to one document a conversation.

    shapes.py      a record → its messages (list of messages, ShareGPT, flat row, transcript)
    words.py       who speaks, what is said: roles, times, greetings
    store.py       messages on disk, in buckets by the hash of user, session or record
    grouping.py    a bucket → conversations, by user and time
    canned.py      the agent's replies that stand in too many conversations
    render.py      a conversation → text, mask spans, measures
    phases.py      what `collect` maps over files and buckets

Tests: `pytest tests/data/collect/test_conversations.py`.
"""
