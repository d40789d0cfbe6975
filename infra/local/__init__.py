"""A site on one machine: the real servers, the processes of a cluster, and the demo that is played on it."""
