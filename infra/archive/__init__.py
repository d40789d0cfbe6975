"""The archive: the log's history as sealed Parquet segments in the object store; read as the log is, where it ends."""
