"""What processes of their own do to a store in tests."""

from __future__ import annotations

import sys

from npscore import ConflictError, FollowUp, Response, open_store
from npscore.adapters.sql import SQLStore
from records import START, answer


def import_answers(url: str, writer: int, answers: int) -> tuple[int, int]:
    """Shared answers as the worker learns of them, some of its own, and an attempt to open each case.

    Returns:
        How many versions were new, how many cases it opened.
    """
    store = SQLStore(url)
    new = opened = 0
    for number in range(answers):
        shared = answer(f"shared {number}", known=writer, rating=number % 11)
        new += store.put(shared, answer(f"own {writer} {number}", known=writer))
        case = FollowUp(
            log=f"case {number}", sequence=0, step="opened", done_at=START, actor=f"worker {writer}", known_at=START
        )
        try:
            opened += store.put(case)
        except ConflictError:
            continue
    store.close()
    return new, opened


def put_until_killed(url: str, first: int, size: int) -> None:
    """Put one batch after the other, and say on a line of its own which is safe."""
    store = open_store(url)
    number = first
    while True:
        batch = [answer(f"{number}/{part}", comment="x" * 200, rating=part % 11) for part in range(size)]
        store.put(*batch, FollowUp(log=f"{number}", sequence=0, step="opened", done_at=START, known_at=START))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


def batches_of(url: str) -> tuple[dict[int, int], set[int]]:
    """How many answers there are of each batch, and of which there is the follow-up."""
    store = open_store(url)
    sizes: dict[int, int] = {}
    for found in store.find(Response):
        number = int(found.id.partition("/")[0])
        sizes[number] = sizes.get(number, 0) + 1
    followed = {int(found.log) for found in store.find(FollowUp)}
    store.close()
    return sizes, followed


if __name__ == "__main__":
    put_until_killed(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
