"""Paints the demo photos beside this file: `python -m tests.data.photos.paint`. The same seeds give the same scenes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.pictures import exif, stored_as

Grid = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
LONG_SIDE, SHORT_SIDE = 1280, 854


@dataclass(frozen=True)
class Scene:
    """Ridges in the haze under a sky, perhaps above a lake."""

    file: str
    zenith: Colour
    horizon: Colour
    nearest: Colour
    sun: tuple[float, float]
    lake: bool = False
    portrait: bool = False
    orientation: int = 1


SCENES = [
    Scene("dawn-over-the-valley.jpg", (64, 84, 150), (250, 190, 150), (38, 44, 70), (0.7, 0.45)),
    Scene("noon-ridge.jpg", (48, 120, 205), (196, 224, 242), (40, 84, 52), (0.2, 0.12)),
    Scene("lake-in-the-evening.jpg", (70, 50, 110), (255, 150, 90), (36, 24, 50), (0.5, 0.5), lake=True),
    Scene("fog.jpg", (176, 186, 194), (226, 230, 232), (84, 98, 104), (0.8, 0.3)),
    Scene("desert.jpg", (80, 150, 210), (250, 226, 180), (150, 76, 40), (0.35, 0.2)),
    Scene("northern-night.jpg", (8, 14, 40), (40, 110, 110), (4, 10, 20), (0.6, 0.3), lake=True),
    Scene("held-upright.jpg", (54, 110, 190), (240, 210, 190), (50, 60, 90), (0.6, 0.35), portrait=True, orientation=6),
    Scene("held-upside-down.jpg", (220, 110, 90), (255, 220, 150), (80, 30, 50), (0.3, 0.4), orientation=3),
    Scene("tall-lake.jpg", (30, 90, 130), (190, 230, 220), (16, 60, 66), (0.5, 0.3), lake=True, portrait=True),
    Scene("violet-hour.webp", (66, 42, 120), (240, 160, 190), (40, 20, 66), (0.25, 0.5)),
    Scene("green-hills.avif", (90, 160, 220), (236, 240, 210), (46, 100, 30), (0.75, 0.2)),
    Scene("small-hills.png", (90, 140, 230), (255, 240, 200), (60, 40, 110), (0.5, 0.4)),
]


def clouds(random: np.random.Generator, width: int, height: int, coarsest: int) -> Grid:
    """Fractal noise from 0 to 1: finer and finer random grids, each half as strong."""
    total = np.zeros((height, width))
    for octave in range(6):
        cells = coarsest * 2**octave
        grid = Image.fromarray(random.random((max(2, cells * height // width), cells)).astype(np.float32))
        total += np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC)) / 2**octave
    lowest, highest = float(total.min()), float(total.max())
    return np.interp(total, (lowest, highest), (0.0, 1.0))


def painted(scene: Scene, width: int, height: int, seed: int) -> Image.Image:
    """Sky, sun and clouds; five ridges, darker as they come nearer; a mirror of it all for a lake; grain."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    zenith, horizon, nearest = (np.array(c, dtype=float) for c in (scene.zenith, scene.horizon, scene.nearest))
    down = np.clip(rows / (height * 0.6), 0, 1)[..., None]
    picture = zenith * (1 - down) + horizon * down
    picture += 46 * (clouds(random, width, height, 3)[..., None] - 0.5) * (1 - down)
    distance = np.hypot(columns / width - scene.sun[0], (rows - scene.sun[1] * height) / width)[..., None]
    picture += 90 * np.exp(-distance * 9) + 160 * np.exp(-((distance * 28) ** 2))
    texture = clouds(random, width, height, 12)[..., None] - 0.5
    for ridge in range(5):
        near = (ridge + 1) / 5
        profile = clouds(random, width, 8, 2 + ridge)[4]
        top = height * (0.42 + 0.1 * ridge) - profile * height * 0.22
        colour = horizon * (1 - near) * 0.85 + nearest * near + texture * 70 * near
        picture = np.where((rows > top)[..., None], colour, picture)
    if scene.lake:
        picture = mirrored(picture, random)
    picture += random.normal(0, 2.5, picture.shape)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8), "RGB")


def mirrored(picture: Grid, random: np.random.Generator) -> Grid:
    """The lower third shows the part above it, darker and rippled."""
    height = picture.shape[0]
    shore = height * 2 // 3
    for row in range(shore, height):
        shift = int(random.normal(0, 1 + (row - shore) / 40))
        picture[row] = np.roll(picture[2 * shore - row - 1], shift, axis=0) * 0.82
    return picture


def save(scene: Scene, seed: int) -> None:
    """Stored as the camera was held; the orientation, and a made-up place, stand in EXIF."""
    width, height = (SHORT_SIDE, LONG_SIDE) if scene.portrait else (LONG_SIDE, SHORT_SIDE)
    path = Path(__file__).with_name(scene.file)
    if path.suffix == ".png":
        painted(scene, 320, 240, seed).save(path, optimize=True)
        return
    stored = stored_as(painted(scene, width, height, seed), scene.orientation)
    stored.save(path, quality=70 if path.suffix == ".avif" else 82, exif=exif(scene.orientation))


if __name__ == "__main__":
    for number, one in enumerate(SCENES):
        save(one, number)
