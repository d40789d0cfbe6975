"""The statements of SqliteFeeds: each sees the feed as it is at one moment."""

DDL = """
CREATE TABLE IF NOT EXISTS feeds (
    account TEXT PRIMARY KEY, whole INTEGER NOT NULL, size INTEGER NOT NULL, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS feeds_by_end ON feeds (expires_at);
CREATE TABLE IF NOT EXISTS feed_entries (
    account TEXT NOT NULL, published_at INTEGER NOT NULL, post_id TEXT NOT NULL, author_id TEXT NOT NULL,
    PRIMARY KEY (account, published_at DESC, post_id DESC, author_id DESC)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS feed_grows AFTER INSERT ON feed_entries
    BEGIN UPDATE feeds SET size = size + 1 WHERE account = new.account; END;
CREATE TRIGGER IF NOT EXISTS feed_shrinks AFTER DELETE ON feed_entries
    BEGIN UPDATE feeds SET size = size - 1 WHERE account = old.account; END;
CREATE TRIGGER IF NOT EXISTS feed_ends AFTER DELETE ON feeds
    BEGIN DELETE FROM feed_entries WHERE account = old.account; END;
"""

BEGUN = "ALTER TABLE feeds ADD begun TEXT NOT NULL DEFAULT ''"
"""The nonce of the rebuild that is under way, or was last; files of earlier versions lack it."""

_LOWEST = """
    SELECT json_array(published_at, post_id, author_id) FROM feed_entries WHERE account = ?1
    ORDER BY published_at, post_id, author_id LIMIT 1
"""

_READ = f"""
SELECT feeds.expires_at, entry.published_at, entry.post_id, entry.author_id,
    CASE WHEN feeds.size >= ?2 THEN ({_LOWEST}) END
FROM feeds LEFT JOIN feed_entries AS entry ON entry.account = feeds.account {{below}}
WHERE feeds.account = ?1 AND feeds.whole AND feeds.expires_at > ?3
ORDER BY entry.published_at DESC, entry.post_id DESC, entry.author_id DESC LIMIT ?4
"""
READ_TOP = _READ.format(below="")
READ_BELOW = _READ.format(below="AND (entry.published_at, entry.post_id, entry.author_id) < (?5, ?6, ?7)")

LOOK = f"""
SELECT whole, size, expires_at, CASE WHEN size >= ?2 THEN ({_LOWEST}) END AS floor, (
    SELECT json_group_array(json_array(published_at, post_id, author_id)) FROM (
        SELECT published_at, post_id, author_id FROM feed_entries WHERE account = ?1
        ORDER BY published_at DESC, post_id DESC, author_id DESC LIMIT ?3
    )
) AS newest, (
    SELECT json_group_array(json_array(published_at, post_id, author_id)) FROM feed_entries WHERE account = ?1
    AND (published_at, post_id, author_id) IN (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?4)
    )
) AS held
FROM feeds WHERE account = ?1 AND expires_at > ?5
"""
