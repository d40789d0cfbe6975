"""A machine that does anything to feeds in any order, and looks at all of them after each step. For test_feed_model.py;
what it acts on and what is right: feed_stand.py."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from projections.feed import MOST_PARTS
from schemas.ids import AccountId
from tests.integration.feeds.feed_stand import AUTHORS, CAP, COVERED, PAGE, VIEWERS, FeedStand, of
from tests.integration.schedules.fate import Fate, Gate, pauses_after

who, whom = st.sampled_from(VIEWERS), st.sampled_from(AUTHORS)
some = st.integers(0, 1_000)


class FeedMachine(FeedStand, RuleBasedStateMachine):
    """Its rules are what people do, what workers do, and what becomes of feeds."""

    fans = VIEWERS[:-2]
    """Who follow everybody from the start."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        FeedStand.__init__(self)

    def teardown(self) -> None:
        self.close()

    # What people do

    @initialize()
    def has_people(self) -> None:
        """Half of them follow everybody: so crossings are near, and feeds are there. Or all do: all are celebrities."""
        for viewer in self.fans:
            for author in AUTHORS:
                self.follows.add((viewer, author))
                self.run(self.world.follows(viewer, author))

    @rule(author=whom, skews=st.lists(st.integers(-5, 5), min_size=1, max_size=5), begins=st.booleans(), salt=some)
    def publishes(self, author: AccountId, skews: list[int], begins: bool, salt: int) -> None:
        """By clocks that are a bit off. Some fan-outs begin at once, and stop in the middle. Celebrities have parts."""
        parts = MOST_PARTS if self.run(self.world.spans(author)) else 1
        for skew in skews:
            self.world.now += 1
            name = f"po_{len(self.posts):04}"
            event, stream = self.world.post(name, author, self.world.now + skew, salt % parts)
            COVERED["spread"] += event.salt > 0
            self.posts[name] = event
            self.takes(self.run(self.world.rows(event, stream)), begins=begins)

    @precondition(lambda self: self.posts.keys() - self.deleted)
    @rule(number=some)
    def deletes(self, number: int) -> None:
        there = sorted(self.posts.keys() - self.deleted)
        name = there[number % len(there)]
        event = self.posts[name]
        if not any(work.stream == f"post/{name}" for work in self.waiting):
            self.run(self.world.deletes(name, event))
            self.deleted.add(name)
            for due in self.dues():
                due.discard(name)

    @rule(viewer=who, author=whom, begins=st.booleans())
    def follows_or_not(self, viewer: AccountId, author: AccountId, begins: bool) -> None:
        if (viewer, author) in self.follows:
            self.follows.remove((viewer, author))
            for due in self.dues(viewer):
                due -= {name for name, post in self.posts.items() if post.author_id == author}
            self.takes(self.run(self.world.rows_of_unfollow(viewer, author)))
        else:
            self.follows.add((viewer, author))
            self.takes(self.run(self.world.rows_of_follow(viewer, author)), begins=begins)

    @rule(again_at=st.integers(0, 5))
    def clears(self, again_at: int) -> None:
        """Whoever is a celebrity now."""
        self.hears()
        for author in AUTHORS:
            spans = self.run(self.world.spans(author))
            if spans and not spans[-1][0]:
                self.run(self.world.orders_clear(author, again_at))
                COVERED["clears"] += 1

    # What workers do

    @precondition(lambda self: self.waiting)
    @rule(number=some)
    def goes_on(self, number: int) -> None:
        """Begins, and stops in the middle; or ends what was begun."""
        work = self.next(number)
        self.run(self.ends(work) if work.task else self.begins(work))

    @precondition(lambda self: self.waiting)
    @rule(number=some)
    def finishes(self, number: int) -> None:
        self.run(self.ends(self.next(number)))

    @rule()
    def catch_up(self) -> None:
        """Everything that was begun or not, and what it leads to, until nothing is left."""
        self.hears()
        while self.waiting:
            self.run(self.ends(self.waiting[0]))
            self.hears()

    @precondition(lambda self: self.over)
    @rule(number=some)
    def does_again(self, number: int) -> None:
        """A worker that died before it said that it was done, or one that thinks it is alive."""
        self.run(self.world.reacts(self.over[number % len(self.over)]))

    @precondition(lambda self: any(work.task for work in self.waiting))
    @rule(number=some)
    def dies_in_the_middle(self, number: int) -> None:
        begun = [work for work in self.waiting if work.task]
        self.run(self.dies(begun[number % len(begun)]))
        COVERED["crashes"] += 1

    @rule()
    def hears(self) -> None:
        """What commands have said."""
        for plan in self.run(self.world.said()):
            self.run(self.world.site.rows.apply([plan]))
            COVERED["crossings"] += plan.delivery.recorded.type == "celebrity.crossed.v1"
            COVERED["settled"] += plan.delivery.recorded.type == "celebrity.settled.v1"
            self.takes(plan)

    # What becomes of feeds, and who reads them meanwhile

    @rule(viewer=st.sampled_from([*VIEWERS, None]), seldom=st.integers(0, 2))
    def loses(self, viewer: AccountId | None, seldom: int) -> None:
        """One feed, or everybody's: nobody has read for a week."""
        if seldom:
            return
        self.run(self.stores.expire() if viewer is None else self.stores.lose([viewer]))
        COVERED["losses" if viewer else "expiries"] += 1

    @rule(forgets=st.booleans())
    def fails_over(self, forgets: bool) -> None:
        """In the middle of whatever is under way; whoever tells Redis next finds out."""
        COVERED["failovers"] += self.run(self.stores.fail_over(forgets))

    @rule()
    def settles(self) -> None:
        self.run(self.stores.settle())

    @rule(viewer=who, forgets=st.booleans(), step=st.sampled_from(["read", "heads", "complete"]))
    def reads_slowly(self, viewer: AccountId, forgets: bool, step: str) -> None:
        if forgets:
            self.world.memory.forget(None)
        if len(self.readers) < len(VIEWERS):
            gate = Gate()
            due, fate = self.due(viewer), Fate().at(step, pauses_after(gate))
            self.readers.append((viewer, due, gate, self.run(self.started(viewer, fate, gate))))

    @precondition(lambda self: self.readers)
    @rule(number=some)
    def has_read(self, number: int) -> None:
        viewer, due, gate, task = self.readers.pop(number % len(self.readers))
        gate.open()
        seen = self.run(of(task))
        COVERED["slow readers"] += 1
        self.is_ordered(viewer, seen)
        assert due <= set(seen), f"{viewer} lacks {sorted(due - set(seen))}"

    @invariant()
    def every_feed_is_right(self) -> None:
        for viewer in VIEWERS:
            if any(one == viewer for one, *_ in self.readers):
                continue
            glanced = self.sees(viewer, glances=True)
            seen = self.sees(viewer, glances=False)
            COVERED["glances"] += glanced != seen
            due = self.due(viewer)
            assert due <= set(seen), f"{viewer} lacks {sorted(due - set(seen))}"
            self.shown[viewer] = set(seen)
            COVERED["floor reads"] += len(seen) > CAP
            COVERED["trims"] += self.run(self.trimmed(viewer))

    def sees(self, viewer: AccountId, *, glances: bool) -> list[str]:
        """What is there for them, and all that was."""
        seen = self.run(self.world.seen(viewer, PAGE, glances=glances))
        self.is_ordered(viewer, seen)
        assert set(seen) <= self.allowed(viewer), f"{viewer} sees what is not there for them"
        gone = self.kept(viewer) - set(seen)
        assert not gone, f"{viewer} sees {sorted(gone)} no longer"
        return seen
