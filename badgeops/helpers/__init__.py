"""Other processes that take a share of the work on a large catalog."""
