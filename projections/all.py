"""Every projection that there is: the list that runtime, wiring and tests go by. A new read model is added here."""

from projections import (
    accounts,
    addresses,
    bells,
    blocks,
    canaries,
    comments,
    dead_letters,
    devices,
    feed,
    likes,
    moderation,
    notifications,
    posts,
    search,
)

PROJECTIONS = (
    accounts.PROJECTION,
    addresses.PROJECTION,
    posts.PROJECTION,
    feed.PROJECTION,
    blocks.PROJECTION,
    likes.PROJECTION,
    comments.PROJECTION,
    notifications.PROJECTION,
    devices.PROJECTION,
    bells.PROJECTION,
    moderation.PROJECTION,
    search.PROJECTION,
    dead_letters.PROJECTION,
    canaries.PROJECTION,
)
