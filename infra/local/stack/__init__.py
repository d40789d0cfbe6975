"""The real servers on this machine, without containers: obtained, started, watched and stopped by `photolog stack`."""
