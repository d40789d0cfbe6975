"""What is promised about stored events: schemas, golden samples, lock, AsyncAPI document; derived, written, checked."""
