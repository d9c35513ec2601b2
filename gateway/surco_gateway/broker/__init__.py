"""A small MQTT 3.1.1 broker for gardens without Mosquitto: QoS 0 and 1, nothing lost by a power cut.

* `packets`   the wire format, pure
* `access`    who may connect, publish and receive what
* `store`     retained messages, sessions and their queues in SQLite
* `sessions`  what a client is owed, whether it is there or not
* `server`    sockets, time limits, back-pressure
* `mosquitto` the same promises from a Mosquitto that is found on the machine

What it is not: no QoS 2, no MQTT 5, no bridges, no `$SYS`.
"""
