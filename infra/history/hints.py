"""What helps whoever asked in SQL what DuckDB does not understand: a word behind its own."""

import re
from collections.abc import Collection

from infra.history.as_of import READ_MODELS

BARE_AT = re.compile(r"(?<![.\w\"])at\b(?!\s*\()", re.IGNORECASE)
NO_TABLE = re.compile(r"Table with name (\w+) does not exist")
NO_SCHEMA = re.compile(r'schema "(\w+)" does not exist', re.IGNORECASE)


def not_understood(query: str, error: str) -> str:
    """What DuckDB says of a query that is none, and a hint."""
    if "Only SELECT statements" in error:
        return "only SELECT is answered; for files, `photolog log export`, or --json"
    hint = '. `at` is a word of SQL, too: say "at" or e.at' if "syntax error" in error and BARE_AT.search(query) else ""
    return error + hint


def not_found(error: str, tables: Collection[str]) -> str:
    """What DuckDB says of a query that it cannot answer, and a hint."""
    table, schema = NO_TABLE.search(error), NO_SCHEMA.search(error)
    if table and table[1] in READ_MODELS:
        return f"{error}\n{table[1]} is a read model: `photolog log as-of TIME --read-model {table[1]} --to FILE`"
    if schema and (alike := sorted(name for name in tables if name.startswith(f"{schema[1]}_"))):
        return f"{error}\nThe table of an event type has _ for a dot; there are {', '.join(alike)}"
    return error
