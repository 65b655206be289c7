"""Continue the pre-training of an open base model on a domain, and keep the rest."""
