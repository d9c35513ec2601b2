"""Keeps the notebook's ledger in step with the readings, also after a restore of either.

Both carry a number that rises while rows come in. A notebook with the smaller number comes from an
older backup: it does not know rows that are stored. Then the ledger learns them from the store, so
that nobody is asked for them and no repeat is taken for news.
"""

from itertools import islice

from surco_service.ports.stores import Stores

AT_ONCE = 20_000  # rows in a transaction


def keep_in_step(stores: Stores) -> bool:
    """Compare, learn what is to be learnt, and count on; tell whether the notebook was behind."""
    stored, noted = stores.readings.stamp(), stores.ledger.stamp()
    behind = stored > noted
    if behind:
        learn(stores)
    number = max(stored, noted) + 1
    stores.ledger.set_stamp(number)
    stores.readings.set_stamp(number)
    return behind


def learn(stores: Stores) -> None:
    """Note every stored row as received."""
    for node in stores.readings.nodes():
        rows = ((node, b, q) for b, q in stores.readings.identities(node))
        while part := list(islice(rows, AT_ONCE)):
            stores.ledger.settle(part)
