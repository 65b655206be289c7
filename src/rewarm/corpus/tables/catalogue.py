"""The tables that steps hand over, as their declarations name them; `docs/formats.md` has the schemas."""

from dataclasses import replace

from rewarm.engine.step import Table

# With the rows that steps changed or dropped since (`corpus/tables/texts.py`).
DOCUMENTS = Table("documents", "documents", ("documents/**", "changes/**", "dropped/**"))
# Columns beside the documents, joined by id.
ATTRIBUTES = Table("attributes", "attributes", every=True)
# As `collect` writes them (`corpus/tables/provenance.py`).
PROVENANCE = ATTRIBUTES.of("date", "date_precision", "date_origin", "licence", "licence_origin", "rights")
# Labels that documents bring along, or that a step gives them; the later step counts.
LABELS = Table("labels", "labels", every=True, optional=True)
# Which documents stay, and which are held out.
KEEP = Table("keep", "keep")
# For steps that may come before any that decides.
KEEP_IF_ANY = replace(KEEP, optional=True)
SPLIT = Table("split", "split")
# Documents that left the corpus to be rewritten.
ROUTED = Table("routed", "routed", optional=True)
LEDGER = Table("ledger", "ledger", every=True)

# By axis: what labels documents that have none, and what it did on labelled ones.
CLASSIFIERS = Table("classifiers", "classifiers")
# How like the documents of each source the task examples are, where the recipe has some.
AFFINITY = Table("affinity", "affinity.json", optional=True)

TOKENS = Table("tokens", "tokens")
# The held-out rows of the tokens.
HELDOUT = Table("heldout", "heldout")
TOKEN_BYTES = Table("token_bytes", "token_bytes.npy")
# Where a text may be cut between two tokens (`data/tokenize/token_breaks.py`).
TOKEN_BREAKS = Table("token_breaks", "token_breaks.npy")

# What each stage trains on, a row a use of a document; `order` writes the same rows in training order.
PLAN = Table("plan", files=("*.parquet",))
# What `mix` planned and found, by stage and entry of its mix.
SHARES = Table("shares", "plan.json")
# What it chose where the recipe leaves it open, with reasons and warnings.
CHOICES = Table("choices", "choices.json")
# The combinations of source and labels, and the number of each document's; of the held-out ones apart, which
# is all that training and evaluation read.
LEAVES = Table("leaves", "leaves.json")
LEAF_OF = Table("leaf_of", "leaf_of")
HELDOUT_LEAF_OF = Table("heldout_leaf_of", "heldout_leaf_of")
BLOCKS = Table("blocks", files=("*/*.arrow", "manifest.json"))

# The base model that the recipe names, before any step has trained one.
MODEL = Table("model", "model")
# The same, whatever steps wrote a model since.
BASE_MODEL = Table("base_model")
# Tokens that were added to the base's tokenizer, where the recipe asks for some.
VOCABULARY = Table("vocabulary", "vocabulary.json", optional=True)
ADAPTER = Table("adapter", "adapter")
# Losses of a model on every held-out document.
SCORES = Table("scores", "documents.parquet")
# The same losses by position in the context.
POSITIONS = Table("positions", "positions.parquet")
CHANNELS = Table("channels", "channels.json")
# The recipe's prompts, completed by base and result.
COMPLETIONS = Table("completions", "completions.json")
# The changes that a training was continued with, where there are any.
CONTINUED = Table("continued", "continued.json")
