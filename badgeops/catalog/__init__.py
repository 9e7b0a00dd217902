"""A folder of documents -> a Catalog, or what is wrong with it."""
