"""The step `synthesize`: new documents from the domain's documents, by a language model."""
