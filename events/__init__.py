"""What has happened: event types, their envelope, the codec that encrypts personal fields, topics and keys."""
