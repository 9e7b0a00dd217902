"""A Plan -> requests and records."""
