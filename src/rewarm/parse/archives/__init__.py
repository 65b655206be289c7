"""Archives: unpacked into a scratch folder under limits, member by member."""
