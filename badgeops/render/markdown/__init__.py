"""Values -> Markdown, for comments and summaries."""
