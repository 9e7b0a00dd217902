"""The canonical spelling of documents: `badgeops fmt`."""
