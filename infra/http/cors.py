"""Which browsers may use the APIs, and which headers they see: of every answer, errors too."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from infra.http.exposed import EXPOSED
from infra.process.settings import Settings


def allow_browsers(app: FastAPI, settings: Settings) -> None:
    """Makes the application readable to browsers of the allowed origins. To be added after all other middleware."""
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
