"""Settings of sites whose few people do in seconds what others do in an hour."""

RATES = {f"PHOTOLOG_{what}_PER_MINUTE": "1000000" for what in ("COMMENTS", "FOLLOWS", "UPLOADS", "REPORTS")}
