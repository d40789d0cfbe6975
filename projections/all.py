"""Every projection that there is: the list that runtime, wiring and tests go by. A new read model is added here."""

from projections import accounts, addresses, blocks, comments, dead_letters, feed, likes, notifications, posts

PROJECTIONS = (
    accounts.PROJECTION,
    addresses.PROJECTION,
    posts.PROJECTION,
    feed.PROJECTION,
    blocks.PROJECTION,
    likes.PROJECTION,
    comments.PROJECTION,
    notifications.PROJECTION,
    dead_letters.PROJECTION,
)
