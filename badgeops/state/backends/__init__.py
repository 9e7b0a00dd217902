"""Where a state lives: one contract (`interface`), one file for each place."""
