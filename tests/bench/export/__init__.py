"""How fast a log is exported, beside a bare loop over the same log. See __main__.py."""
