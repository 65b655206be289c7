"""From a lost item or a risen channel to the training documents and sources that speak of the same things.

bm25.py      lexical nearest documents, in two passes over the shards
attribute.py queries of a run, its documents, the ranking of sources
"""
