"""YAML text -> documents that know where each part stands."""
