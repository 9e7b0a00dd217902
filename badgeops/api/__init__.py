"""The v2 REST API: what is sent, what comes back, and how."""
