"""Pushes over the stores of one data folder."""
