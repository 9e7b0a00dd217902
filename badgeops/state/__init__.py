"""What we made on the server, and what we were about to make."""
