"""The demo: five accounts, a dozen photos, and a check that everyone sees exactly what they should, over HTTP alone."""
