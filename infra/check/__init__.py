"""`photolog check`: looks at every server that the settings name, and says what is missing or weak. Changes nothing."""
