"""What commands share of Click and of the terminal."""
