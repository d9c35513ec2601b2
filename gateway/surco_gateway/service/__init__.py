"""Everything that speaks with the service.

* `client`     the calls, and what each answer means
* `forward`    from the spool to the service
* `commands`   what the service wants done
* `passwords`  the broker's password file, which a command may change
"""
