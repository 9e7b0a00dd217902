"""Values -> text for a terminal."""
