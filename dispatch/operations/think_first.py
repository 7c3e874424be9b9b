"""Think without the lock, then write what was thought, if the tours are still as they were seen.

Decides who waits for whom: others read and write while one act thinks.  What makes that
safe is the version each tour carries: a write against an older one is ``Stale``, and the
act begins again from what there is by now.

Two that think at the same time in one process are ready no sooner, and what the one writes
makes the other think again: they take turns (``ports.thinking``), from what they read until
others can see what they wrote.  The disk is waited for without the turn.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Final, Generic, TypeVar

from dispatch.core.errors import Stale
from dispatch.operations.ports import Ports, Transaction

Seen = TypeVar("Seen")
Thought = TypeVar("Thought")
Done = TypeVar("Done")

#: How often an act is thought out again because a tour changed meanwhile, before it
#: takes the lock and thinks under it.
TRIES_WITHOUT_LOCK: Final = 3


def think_first(
    look: Callable[[Transaction], Seen],
    think: Callable[[Seen], Thought],
    write: Callable[[Thought, Transaction], Done],
    ports: Ports,
    *,
    dry_run: bool = False,
) -> Done:
    """Return what *write* returns: of a thought that still held when it was written.

    look    : reads, in a view of its own; leaves nothing behind
    think   : takes as long as it takes; the store is nobody's meanwhile
    write   : under the lock; raises ``Stale``, at the latest by writing a tour at the
              version it was seen at, when the thought no longer holds
    dry_run : everything is done, and nothing kept

    Raises what the three raise.
    """
    with ExitStack() as turn:
        turn.enter_context(ports.thinking)
        for _ in range(TRIES_WITHOUT_LOCK):
            with ports.store.reading() as tx:
                seen = look(tx)
            thought = think(seen)
            try:
                return _written(partial(write, thought), ports, dry_run, turn)
            except Stale:
                continue
        return _written(lambda tx: write(think(look(tx)), tx), ports, dry_run, turn)


class _Rehearsed(Exception, Generic[Done]):
    """Carries the answer of a dry run out of the transaction, which is rolled back."""

    def __init__(self, done: Done) -> None:
        self.done = done


def _written(
    write: Callable[[Transaction], Done], ports: Ports, dry_run: bool, turn: ExitStack
) -> Done:
    try:
        with ports.store.writing() as tx:
            tx.once_committed(turn.close)
            done = write(tx)
            if dry_run:
                raise _Rehearsed(done)
            return done
    except _Rehearsed as rehearsal:
        answer: Done = rehearsal.done
        return answer
