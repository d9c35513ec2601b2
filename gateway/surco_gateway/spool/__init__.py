"""What waits for the service, on this machine's disk.

* `spool`     messages in and out, in order
* `database`  the SQLite file: its connections, and what to do when it breaks
* `salvage`   what can still be read from a damaged file
* `ballast`   the way out of a full disk
* `replay`    send kept messages again
"""
