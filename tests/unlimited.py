"""Settings of sites whose few people do in seconds what others do in an hour, and have no passwords worth a guess."""

LIMITED = ("COMMENTS", "FOLLOWS", "UPLOADS", "REPORTS", "VIEWS", "ADDRESS_REQUESTS")
RATES = {f"PHOTOLOG_{what}_PER_MINUTE": "1000000" for what in LIMITED}
RATES["PHOTOLOG_PASSWORD_MEMORY_KIB"] = "64"  # the usual 19 MiB were a twentieth of all that a run of the tests takes
RATES["PHOTOLOG_CANARY_EVERY_S"] = "0"  # tests count what is in the log
