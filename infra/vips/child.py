"""The process that decodes one photo and ends: `python -m infra.vips.child PATH TYPE PICTURE LIMITS`.

Started and killed by renderer.py; limits itself before any decoder is loaded; its report goes to standard output.
"""

import os
import sys
import traceback

from infra.vips import refusals
from infra.vips.limits import Limits


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
    # Imported under the limits that main has imposed: loading a decoder's library runs its code.
    import pyvips

    from infra.vips import loading, renditions, report, sniffing

    loading.allow_only_our_loaders()
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


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)  # all is said: to take libvips down in order costs a tenth of what the photo did
