"""Makes the pictures beside it, which neither Pillow nor pillow-heif can: `python -m tests.data.pictures.make`.

Needs avifenc (Debian: libavif-bin). The tests need only its output, and recompute what each picture shows.
"""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.light import GREY, HDR, codes
from tests.pictures import deep_png

HERE = Path(__file__).parent
LOSSLESS = ["--min", "0", "--max", "0"]


def main() -> None:
    with TemporaryDirectory() as folder:
        source = Path(folder, "source.png")
        for transfer, number in HDR.items():
            deep_png(source, codes(transfer))
            avif(source, f"{transfer}.avif", "-d", "10", "-y", "444", "--cicp", f"9/{number}/9")
        deep_png(source, GREY[:, :, None])
        for depth in ("8", "10"):
            avif(source, f"grey-limited-{depth}.avif", "-d", depth, "-y", "400", "-r", "limited", "--cicp", "1/13/1")


def avif(source: Path, name: str, *how: str) -> None:
    subprocess.run(["avifenc", *LOSSLESS, *how, str(source), str(HERE / name)], check=True)


if __name__ == "__main__":
    main()
