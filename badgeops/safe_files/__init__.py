"""Files as a whole or not at all; read with a bound, and only if they are regular."""
