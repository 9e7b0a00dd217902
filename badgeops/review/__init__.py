"""A plan that was saved, and what of it may still be done."""
