"""What is promised about stored events: schemas, golden samples, lock, AsyncAPI document; derived, written, checked."""

import events.accounts
import events.avatars
import events.blocks
import events.canaries
import events.cases
import events.celebrities
import events.comments
import events.dead_letters
import events.devices
import events.follows
import events.inquiries
import events.likes
import events.notifications
import events.posts
import events.reports  # noqa: F401 - importing them is what registers the event types
