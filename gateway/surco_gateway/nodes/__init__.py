"""Everything between the broker and the spool: what nodes say, and what they are answered.

* `mqtt_client`      paho's client, reading and acknowledging many messages at a time
* `listen`           the connection to the broker
* `intake`           commit, then acknowledge; refuse what cannot be read
* `claims`           the first contact of a node
* `firmware_chunks`  firmware for nodes that ask
"""
