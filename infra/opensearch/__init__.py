"""OpenSearch: the index of what is searched, on a cluster."""
