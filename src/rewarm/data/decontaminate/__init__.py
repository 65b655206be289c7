"""Training documents that hold benchmark items or parts of what is held out, found and taken out."""
