"""Items that a language model writes about passages, and another answer checks.

`passages` cuts documents, `prompts` has the requests, `checks` compares a question with its passage by rules,
`rounds` asks until a set has its items: generate, check, answer with the passage, answer without it.
"""
