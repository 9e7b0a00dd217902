"""Badge catalogs as code: YAML in, live issuers and badge classes out."""

__version__ = "0.1.0"
