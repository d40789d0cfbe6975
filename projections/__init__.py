"""Read models: declared tables, and one pure function per event that says what changes. processors/ makes it happen."""
