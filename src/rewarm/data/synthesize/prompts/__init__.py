"""What the teacher is asked, a file a mode."""
