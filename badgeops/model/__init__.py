"""The words of the field, as values: what a catalog says, how careful to be with it, and in which shape."""
