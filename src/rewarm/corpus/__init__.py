"""What all acts share: how tables reach the disk."""
