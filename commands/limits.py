"""Limits of the write side: how much, how often, how long. Each is a setting of the same name; its default is here."""

from dataclasses import dataclass

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


@dataclass(frozen=True)
class Limits:
    """What a site allows."""

    refresh_token_s: int = 60 * DAY_S
    """How long a refresh token may lie unused: a session goes on as long as one is used in time."""
    refresh_grace_s: int = MINUTE_S
    """How long a used refresh token may come again: its answer was lost, or another tab has it too."""
    refresh_pairs: int = 8
    """Pairs that one refresh token may get."""
    session_pairs: int = 64
    """Pairs of one session that go on; one more retires the oldest that was never used."""
    session_refreshes: int = 120
    """Refresh tokens of one session that may be used within the grace."""
    account_sessions: int = 100
    """Sessions of one account that go on; one more ends the one that was used longest ago."""
    ended_session_s: int = DAY_S
    """How long it is known of an ended session that it was one."""
    failed_log_ins: int = 10
    """Wrong passwords for one username before it is locked ..."""
    failed_log_ins_s: int = 15 * MINUTE_S
    """... and for how long they count."""
    confirmation_mails: int = 5
    """Confirmations that one account may ask for: their addresses are anybody's ..."""
    confirmation_mails_s: int = HOUR_S
    """... and in what time."""
    confirmation_s: int = DAY_S
    """How long a mailed token is good."""
    recovery_mails: int = 5
    """Ways back in that are mailed for one account: whoever knows its address may ask ..."""
    recovery_mails_s: int = HOUR_S
    """... and in what time."""
    recovery_s: int = HOUR_S
    """How long one is good."""
    idempotency_s: int = DAY_S
    """How long an Idempotency-Key and its answer are kept."""
    account_followees: int = 7_500
    """Accounts that one may follow: each is a partition that the making of its feed reads."""
    account_bells: int = 100
    """Accounts of whose new posts one may be told: each is a partition that a page of notifications reads."""
    comments_per_minute: int = 30
    """Comments that one account may write,"""
    follows_per_minute: int = 60
    """whom it may follow,"""
    uploads_per_minute: int = 10
    """posts that it may reserve,"""
    reports_per_minute: int = 10
    """reports that it may file,"""
    views_per_minute: int = 120
    """and times that it may say what it has seen."""
    address_requests_per_minute: int = 100
    """Requests of one address that have no token, or fail."""
    photo_bytes: int = 52_428_800
    """Bytes of a photo."""
    upload_part_bytes: int = 5_242_880
    """Bytes of an upload from which on it comes in parts, and of each: S3 takes no smaller ones, and a bad line loses
    no more."""


STATED = Limits()
"""Where no setting says otherwise."""
