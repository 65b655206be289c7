"""One client for every OpenAI-compatible server: budget, cache, retries, structured answers.

`Client.ask` gives the answer to one `Request`, `Client.ask_all` to many at once. Every answer is kept in a
content-addressed cache, so a process that was killed asks only what has no answer yet. `docs/llm.md`
describes the files.
"""
