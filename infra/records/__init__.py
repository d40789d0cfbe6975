"""What the ledgers of all backends have in common: stored records as shapes of the port, and the library's recorder."""
