"""What commands do, without Click and without a terminal."""
