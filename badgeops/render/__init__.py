"""Values -> strings: diagnostics, plans and the rest as text, JSON, Markdown. No decisions, no printing."""
