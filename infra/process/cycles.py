"""How Python looks for cycles in a process of ours: seldom, since there are few, and not through what was loaded."""

import gc

YOUNG = 20_000
"""So many objects more than at its last look, and Python looks for cycles among the new ones. Requests under way alone
are some thousands, and few of them in cycles: a look each 700, as is usual, took a tenth of a feed page, and a tenth
of a start, which loads half a million that all stay."""


def looked_for_seldom() -> None:
    """From now on."""
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


def what_is_loaded_stays() -> None:
    """Once a process is ready to work: what it has by now is not looked through again. That took 0.1 to 0.2 s with the
    160,000 objects of a query API, in which it answered nobody."""
    gc.freeze()
