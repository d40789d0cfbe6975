"""What any process of the platform has: settings, logs, clock, metrics, and the data folder that it holds."""
