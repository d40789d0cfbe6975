"""The OpenAPI document of both APIs: made from routes, the table of operations and the error tree, kept on file."""
