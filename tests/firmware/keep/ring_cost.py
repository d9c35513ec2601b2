"""Run by MicroPython: what one wake costs in a ring, as one line: opens, bytes read, RAM held."""

import gc
import json
import sys

folder, sys.path[0] = sys.argv[1], sys.argv[2]
sys.path.append(__file__.rpartition("/")[0])

from counting import Counting

from node.keep import flash as node_flash
from node.keep.flash import Flash
from node.keep.outbox import Outbox
from node.keep.rtc_rows import pack_values
from node.keep.state import State

node_flash.open = counting = Counting()
flash = Flash(folder)
gc.collect()
before = gc.mem_alloc()
outbox = Outbox(flash, State(flash, lambda n: b"\0" * n), 210)
outbox.append(1795000000, 2, 1, pack_values([("r1", 180500)]))
gc.collect()
held = gc.mem_alloc() - before
wake = [counting.opens, counting.bytes_read]
first, n = outbox.newest_before(outbox.next_q, 24)
outbox.rows(first, n)
said = {"rows": outbox.next_q, "opens": wake[0], "bytes": wake[1], "held": held}
said["upload_opens"], said["upload_bytes"] = counting.opens, counting.bytes_read
print(json.dumps(said))
