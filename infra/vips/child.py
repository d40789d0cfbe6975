"""What a child does, forked for one photo (see forker.py): limits itself, decodes, and says what came of it.

Its report goes to standard output. That this module is imported means that all is loaded which any photo needs: no
decoder runs by it, and no thread begins.
"""

import sys
import traceback

import pyvips

from infra.vips import loading, refusals, renditions, report, sniffing
from infra.vips.limits import Limits

loading.allow_only_our_loaders()


def main(path: str, declared_type: str, picture: str, *limits: str) -> None:
    """An exception that leaves here is the machine's fault, never the file's."""
    bounds = Limits.of(list(limits))
    bounds.impose()
    try:
        said = _report(path, declared_type, picture, bounds)
    except refusals.Unforeseen:
        traceback.print_exc()
        sys.exit(refusals.UNFORESEEN)
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()


def _report(path: str, declared_type: str, picture: str, limits: Limits) -> bytes:
    try:
        with open(path, "rb") as file:
            head = file.read(sniffing.HEAD_BYTES)
        kind = sniffing.declared_kind(head, declared_type)
        photo = loading.load(path, kind, limits.pixels, renditions.LONGEST)
        return report.rendered(renditions.AS[picture](photo))
    except refusals.Refusal as refusal:
        return report.refused(refusal.reason)
    except MemoryError:
        return report.refused("too_many_pixels")
    except pyvips.Error as error:
        if refusals.is_machine_fault(str(error)):
            raise
        return report.refused(refusals.reason_of(str(error)))
    except (OSError, ImportError):
        raise
    except Exception as error:
        raise refusals.Unforeseen from error
