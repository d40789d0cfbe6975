"""Settings of sites whose few people do in seconds what others do in an hour."""

LIMITED = ("COMMENTS", "FOLLOWS", "UPLOADS", "REPORTS", "VIEWS", "ADDRESS_REQUESTS")
RATES = {f"PHOTOLOG_{what}_PER_MINUTE": "1000000" for what in LIMITED}
RATES["PHOTOLOG_CANARY_EVERY_S"] = "0"  # tests count what is in the log
