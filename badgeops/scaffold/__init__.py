"""What `badgeops init` writes."""
