"""Adapters of the Mail port: a mail server over SMTP, and a folder."""
