"""Related documents: vectors, nearest neighbours, and a path through them.

sparse_vectors.py   TF-IDF of words and pairs of characters, the strongest terms of each document
neighbours.py       nearest documents by blocked posting lists
dense.py            nearest documents by embeddings
path.py             an order in which each document follows a related one
"""
