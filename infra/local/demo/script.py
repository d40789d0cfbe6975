"""What happens in the demo, as data, and what everyone must see afterwards, computed from that data alone.

An act that leaves no trace is paired with a comment that does: the comment tells a later run that the act is done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from schemas.photos import CONTENT_TYPES

PEOPLE = {"ada": "Ada Alm", "ben": "Ben Bruun", "chi": "Chi Chen", "dee": "Dee Dahl", "eli": "Eli Ek"}
AUTHORS = ("ada", "ben", "chi", "dee")

EARLY_FOLLOWS = {"ada": "ben chi", "ben": "ada dee", "chi": "ada ben", "dee": "ada", "eli": "ada dee"}
"""Who follows whom before anything is posted: these feeds are pushed to."""
LATE_FOLLOW = ("dee", "chi")
"""Comes after the posts: this feed is backfilled."""
CHANGE_OF_MIND = ("eli", "chi")
"""A follow that is taken back."""

LIKES = {0: "ben chi dee eli", 1: "ada chi", 2: "ada", 3: "ben eli", 4: "chi", 6: "ada ben dee", 8: "eli"}
"""By the photo's number."""


@dataclass(frozen=True)
class Remark:
    """A comment on the photo with this number."""

    author: str
    shot: int
    text: str


REMARKS = (
    Remark("ben", 0, "What a light!"),
    Remark("chi", 0, "Is that where I think it is?"),
    Remark("ada", 0, "It is."),
    Remark("eli", 3, "I want to go there."),
    Remark("dee", 6, "Framed and on my wall."),
)
SLIP = Remark("ben", 2, "Wher is this?")
"""Deleted right after it was written; CORRECTION is its trace."""
CORRECTION = Remark("ben", 2, "Where is this?")
FAREWELL = Remark("eli", 1, "Following fewer people from today.")
"""The trace of CHANGE_OF_MIND."""
NOTE = "Taken down:"
"""Starts the comment that is written before a post is deleted, and holds its id and its images' addresses."""
LASTING = (*REMARKS, CORRECTION, FAREWELL)


@dataclass(frozen=True)
class Shot:
    """One photo and what its author says about it. The caption is unique: a later run finds the post by it."""

    number: int
    author: str
    photo: Path

    @property
    def caption(self) -> str:
        return f"{self.photo.stem.replace('-', ' ').replace('_', ' ').capitalize()} #{self.kind}demo"

    @property
    def kind(self) -> str:
        return self.photo.suffix.lower().removeprefix(".")

    @property
    def details(self) -> dict[str, object]:
        return {"caption": self.caption, "tags": ["demo", self.author], "alt_text": f"A photo: {self.photo.stem}"}

    @property
    def all_tags(self) -> set[str]:
        """Those given and the one in the caption."""
        return {"demo", self.author, f"{self.kind}demo"}


@dataclass(frozen=True)
class Script:
    """The photos in the order in which their authors post them; the last one is deleted again."""

    shots: tuple[Shot, ...]

    @property
    def doomed(self) -> Shot:
        return self.shots[-1]

    @property
    def lasting(self) -> tuple[Shot, ...]:
        return self.shots[:-1]

    @property
    def note_on(self) -> Shot:
        """Where the author of the doomed photo leaves the note about it."""
        return next(shot for shot in self.shots if shot.author == self.doomed.author)

    def likers(self, shot: Shot) -> set[str]:
        return set(LIKES.get(shot.number, "").split())

    def remarks(self, shot: Shot) -> int:
        """How many comments stay under a photo."""
        return sum(remark.shot == shot.number for remark in LASTING) + (shot == self.note_on)

    def posts_of(self, authors: Iterable[str]) -> list[Shot]:
        wanted = set(authors)
        return [shot for shot in self.lasting if shot.author in wanted]


def following(person: str) -> list[str]:
    """Whom somebody follows in the end."""
    late = [LATE_FOLLOW[1]] if person == LATE_FOLLOW[0] else []
    return EARLY_FOLLOWS[person].split() + late


def followers(person: str) -> list[str]:
    return [other for other in PEOPLE if person in following(other)]


def witness(author: str) -> str:
    """A follower from before the first post, in whose feed an author's posts are waited for."""
    return next(person for person in PEOPLE if author in EARLY_FOLLOWS[person].split())


def write_script(photos: Path) -> Script:
    """The script for the photos in a folder: twelve, in order of name. Raises ValueError for fewer than ten."""
    found = sorted(path for path in photos.glob("*") if path.suffix.lower() in CONTENT_TYPES.keys() - {".heic"})
    if len(found) < 10:
        raise ValueError(
            f"the demo needs at least 10 photos (.jpg, .png, .webp, .avif) in {photos}, there are {len(found)}"
        )
    return Script(tuple(Shot(n, AUTHORS[n % len(AUTHORS)], photo) for n, photo in enumerate(found[:12])))
