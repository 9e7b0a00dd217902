"""Pages for people: a plan, or a catalog alone, as one HTML file that loads nothing and runs nothing of strangers."""
