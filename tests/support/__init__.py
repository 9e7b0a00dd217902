"""What several tests lean on; no tests in here."""
