"""Where traces go: to the collector that a setting names, or nowhere."""

from starlette.types import ASGIApp

from commands.ports import Traces, Untraced
from infra.process.settings import Settings, SettingsInvalid


def chosen_traces(settings: Settings) -> Traces:
    """To be closed by who asks. Raises SettingsInvalid where what sends them is not installed."""
    if not settings.otlp:
        return Untraced()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsInvalid("PHOTOLOG_OTLP needs: pip install 'photolog[tracing]'") from None
    from infra.tracing.otlp import OtelTraces

    sent = BatchSpanProcessor(OTLPSpanExporter(f"{settings.otlp.rstrip('/')}/v1/traces"))
    return OtelTraces(sent, settings.otlp_ratio, service_name="photolog", service_namespace=settings.site)


def continuing(settings: Settings, app: ASGIApp) -> ASGIApp:
    """An application whose commands are drawn for its clients too, in the traces that these are in."""
    if not settings.otlp:
        return app
    from infra.tracing.callers import Called

    return Called(app)
