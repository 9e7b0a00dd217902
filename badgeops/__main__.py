"""`python -m badgeops` is `badgeops`."""

from badgeops.cli import main

main()
