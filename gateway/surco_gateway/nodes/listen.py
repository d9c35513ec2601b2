"""The MQTT client: from the broker into a bounded queue, and back.

* The session is persistent. Every acknowledgement is ours to give, after the disk has the message.
* An acknowledgement belongs to one connection: on the next one the broker may give its number to
  another message. So every arrival carries the generation of its connection, and one of an older
  generation is never acknowledged. The broker sends such a message again.
* When the queue is full the network thread waits a little. Then it leaves messages unacknowledged,
  and `missed` counts them. `reconnect` makes the broker send them again.
* No exception ever leaves a callback: paho's network thread would die of it and still report
  "connected".
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from surco_contract import topics
from surco_gateway.config import Settings
from surco_gateway.health import Alarms
from surco_gateway.nodes.mqtt_client import MqttClient
from surco_gateway.tls import tls_context

QUEUE = 20_000  # messages between the broker and the disk
FULL_WAIT_S = 1.0
KEEPALIVE_S = 30  # after one and a half of it in silence the broker lets the gateway go
SESSION_S = 7 * 86_400  # MQTT 5 only: how long the broker keeps what came while we were away
CONFIRM_S = 10.0
FROZEN_S = KEEPALIVE_S + 10.0  # a broker that lives has answered a ping by then
LEAVE_S = 2.0
RECONNECT_S = (1, 4)  # at first, at most: a node that is awake waits some seconds for its ack

log = logging.getLogger(__name__)


class Arrival(NamedTuple):
    generation: int  # of the connection it came on
    mid: int
    qos: int
    topic: str
    payload: bytes
    at: float  # seconds since 1970 on the gateway's clock


Arrivals = queue.SimpleQueue[Arrival | None]
"""What came and is not on the disk yet; None ends it."""


class Listener:
    """The only part that speaks MQTT. Thread-safe."""

    def __init__(
        self, settings: Settings, arrivals: Arrivals, alarms: Alarms, now: Callable[[], float]
    ) -> None:
        self._settings, self._arrivals, self._alarms, self._now = settings, arrivals, alarms, now
        self._lock = threading.Lock()  # the generation, and acknowledging in it
        self._generation = 0
        self._connected = False
        self._session_is_new = False
        self._taking = True
        self._network: threading.Thread | None = None
        self.subscribed = threading.Event()
        self.missed = 0  # left unacknowledged because the queue was full
        self._last_published: mqtt.MQTTMessageInfo | None = (
            None  # the last that the broker has to confirm
        )
        self._client = self._new_client()
        self._heard_at = time.monotonic()  # when the broker last said anything
        self._unconfirmed_since: float | None = None

    @property
    def connected(self) -> bool:
        return self._connected

    def start(self) -> None:
        """Begin to connect, and never give up."""
        self._client.connect_async(
            self._settings.broker_host,
            self._settings.broker_port,
            KEEPALIVE_S,
            **self._connecting(),
        )
        self._client.loop_start()

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        """Tell the broker that these are on the disk, as far as their connection still lives."""
        with self._lock:
            if self._connected:
                self._client.acknowledge(
                    arrival.mid
                    for arrival in arrivals
                    if arrival.qos and arrival.generation == self._generation
                )

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Publish to a node that is awake now; later it would be of no use."""
        if self._connected:
            info = self._client.publish(topic, payload, qos)
            if qos and info.rc == mqtt.MQTT_ERR_SUCCESS:
                self._last_published = info
                if self._unconfirmed_since is None:
                    self._unconfirmed_since = time.monotonic()

    def publish_and_confirm(self, topic: str, payload: bytes, *, retain: bool) -> bool:
        """Publish and wait until the broker has it; tell whether it has."""
        if not self._connected:
            return False
        try:
            info = self._client.publish(topic, payload, 1, retain)
            info.wait_for_publish(CONFIRM_S)
            return info.is_published()
        except (RuntimeError, ValueError) as error:  # the connection was lost, or the queue is full
            log.info("not_published topic=%s reason=%s", topic, error)
            return False

    def watch(self, room: bool) -> None:
        """Look after the connection, now and then. `room`: what was missed would find room now."""
        self._listen_for_life(time.monotonic())
        if self._network is not None and not self._network.is_alive():
            log.error("network_thread_died")
            self.reconnect()
        elif self.missed and room:
            log.warning("reconnecting_for missed=%d", self.missed)
            self.reconnect()

    def _listen_for_life(self, now: float) -> None:
        """Tell a broker that takes the connection and then says nothing, or confirms nothing."""
        self._heard_at = max(self._heard_at, self._client.heard_at)
        silent_s = now - self._heard_at
        since = self._unconfirmed_since
        unconfirmed_s = 0.0 if since is None else now - since
        if max(silent_s, unconfirmed_s) < FROZEN_S:
            self._alarms.ended("broker-frozen")
        elif self._client.socket() is not None:
            how = "says nothing" if silent_s >= FROZEN_S else "confirms nothing that we publish"
            host, port = self._settings.broker_host, self._settings.broker_port
            self._alarms.raised(
                "broker-frozen",
                f"the broker at {host}:{port} takes our connection but {how}: it is frozen, or the "
                "network eats its answers; start the broker again",
            )

    def reconnect(self) -> None:
        """Connect anew, so that the broker sends again what was not acknowledged."""
        self._leave()
        self.missed, self._last_published = 0, None
        self._client = self._new_client()
        self.start()

    def stop_taking(self) -> None:
        """Take nothing more; what still comes stays with the broker."""
        self._taking = False

    def stop(self) -> None:
        """Disconnect after the broker has what was published and acknowledged, within two seconds.

        What is only on its way is lost when we close with messages unread: the broker may see the
        reset first.
        """
        deadline = time.monotonic() + LEAVE_S
        while self._connected and self._is_publishing() and time.monotonic() < deadline:
            time.sleep(0.01)
        self._leave()

    def _is_publishing(self) -> bool:
        last = self._last_published
        return self._client.want_write() or (last is not None and not last.is_published())

    def _leave(self) -> None:
        client = self._client
        self._lost()
        client.disconnect()
        leaving = threading.Thread(target=client.loop_stop, daemon=True)  # it may wait for ever
        leaving.start()
        leaving.join(LEAVE_S)
        self._network = None

    # ------------------------------------------------------------ the client

    def _new_client(self) -> MqttClient:
        settings = self._settings
        v5 = settings.mqtt_version == 5
        client = MqttClient(
            CallbackAPIVersion.VERSION2,
            client_id=settings.id,
            clean_session=None if v5 else False,
            protocol=mqtt.MQTTv5 if v5 else mqtt.MQTTv311,
            manual_ack=True,
        )
        client.username_pw_set(settings.broker_user, settings.broker_password)
        if settings.broker_tls:
            client.tls_set_context(tls_context(settings))  # pyright: ignore[reportUnknownMemberType]
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_inflight_messages_set(1000)  # of what we publish
        client.max_queued_messages_set(20_000)
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._contained(self._on_message)
        client.on_publish = self._on_publish
        client.on_publish_1 = self._contained(self._on_publish_1)
        return client

    def _subscriptions(self) -> list[Any]:
        share = self._settings.share
        prefix = f"$share/{share}/" if share else ""
        found = [(prefix + filter, qos) for filter, qos in topics.subscriptions()]
        if self._settings.mqtt_version != 5:
            return found
        return [(filter, SubscribeOptions(qos)) for filter, qos in found]

    def _connecting(self) -> dict[str, Any]:
        if self._settings.mqtt_version != 5:
            return {}
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_S
        return {"clean_start": False, "properties": properties}

    def _lost(self) -> None:
        with self._lock:
            self._generation += 1
            self._connected = False
        self._unconfirmed_since = None
        self.subscribed.clear()

    # ------------------------------------------------------------ callbacks, in the network thread

    def _on_pre_connect(self, client: mqtt.Client, _: Any) -> None:
        if client is self._client:
            self._network = threading.current_thread()

    def _on_connect(
        self, client: mqtt.Client, _: Any, flags: mqtt.ConnectFlags, reason: Any, __: Any
    ) -> None:
        if client is not self._client:
            return
        if reason.is_failure:
            self._alarms.raised(
                "broker",
                f"the broker refuses us ({reason}); check gateway.broker_user and "
                "gateway.broker_password",
            )
            return
        with self._lock:
            self._generation += 1
            self._connected = True
            self._session_is_new = not flags.session_present
        log.info("connected session_present=%s", flags.session_present)
        client.subscribe(self._subscriptions())

    def _on_connect_fail(self, client: mqtt.Client, _: Any) -> None:
        self._heard_at = time.monotonic()  # it is away, which is another thing than frozen
        host, port = self._settings.broker_host, self._settings.broker_port
        self._alarms.raised(
            "broker",
            f"no broker answers at {host}:{port}; is it running? (gateway.broker_host, _port)",
        )

    def _on_disconnect(self, client: mqtt.Client, _: Any, flags: Any, reason: Any, __: Any) -> None:
        if client is not self._client:
            return
        if self._connected and self._taking:
            self._alarms.raised("broker", f"the connection to the broker was lost ({reason})")
        self._lost()

    def _on_subscribe(self, client: mqtt.Client, _: Any, mid: int, reasons: Any, __: Any) -> None:
        if client is not self._client:
            return
        if any(reason.is_failure for reason in reasons):
            self._alarms.raised(
                "broker",
                f"the broker does not let {self._settings.broker_user} subscribe to "
                f"{topics.PREFIX}/#; check its access list",
            )
            return
        self._alarms.ended("broker")
        self.subscribed.set()

    def _on_message(self, client: mqtt.Client, _: Any, message: mqtt.MQTTMessage) -> None:
        if message.retain and not self._session_is_new and client is self._client:
            client.ack(message.mid, message.qos)  # the session brought us this status before
            return
        self._arrived(
            client,
            message.mid,
            message.qos,
            message._topic,  # pyright: ignore[reportPrivateUsage]  # `topic` raises on bad UTF-8
            bytes(message.payload),
        )

    def _on_publish_1(self, client: mqtt.Client, mid: int, topic: bytes, payload: bytes) -> None:
        self._arrived(client, mid, 1, topic, payload)

    def _on_publish(self, client: mqtt.Client, _: Any, mid: int, reason: Any, __: Any) -> None:
        self._unconfirmed_since = None

    def _contained(self, take: Callable[..., None]) -> Callable[..., None]:
        """Let no surprise out of a callback: its message stays unacknowledged and is counted."""

        def contain(*arguments: Any) -> None:
            try:
                take(*arguments)
            except Exception:
                log.exception("message_not_taken")
                self.missed += 1

        return contain

    def _arrived(
        self, client: mqtt.Client, mid: int, qos: int, topic: bytes, payload: bytes
    ) -> None:
        if client is not self._client or not self._taking:
            return
        if self._arrivals.qsize() >= QUEUE and not self._room_in_time():
            self.missed += qos
            self._alarms.raised(
                "queue", "messages come faster than the disk takes them; nodes will send them again"
            )
            return
        try:
            name = topic.decode()
        except UnicodeDecodeError:
            name = ""  # goes to quarantine as a bad topic
        self._arrivals.put(Arrival(self._generation, mid, qos, name, payload, self._now()))

    def _room_in_time(self) -> bool:
        deadline = time.monotonic() + FULL_WAIT_S
        while self._arrivals.qsize() >= QUEUE and self._taking:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True
