"""The log for analysts: read in bulk, shown, described, exported, queried. Opens nothing but the log."""
