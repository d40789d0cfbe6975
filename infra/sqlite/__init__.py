"""The embedded backend's stores: two SQLite files, one for what is the truth, one for what can be rebuilt."""
