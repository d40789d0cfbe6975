"""The client of the search index, against a server that misbehaves."""
