"""`photolog top`: how a site gets on, seen from beside its processes."""
