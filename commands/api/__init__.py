"""The command API: one router per noun. Endpoints turn bodies into commands and decisions into answers."""
