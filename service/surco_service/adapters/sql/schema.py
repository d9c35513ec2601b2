"""TABLES of the Notebook's database, for SQLite and PostgreSQL. Migrations bring it up to date.

Times are stored as UTC; `Time` makes them aware again. Row numbers (`q`) go up to 2^32, so BigInteger.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)


class Time(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite forgets the zone, so it is taken off and put back."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs its zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

# SQLite counts up by itself only in a column of type INTEGER
Identity = BigInteger().with_variant(Integer, "sqlite")

gardens = Table(
    "gardens", metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("latitude", Float), Column("longitude", Float),
    Column("can_litres", Float, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("elevation_m", Float, nullable=False, server_default="1820"),
    Column("water_days", String(32), nullable=False, server_default=""),
    Column("cistern_litres", Float), Column("roof_m2", Float),
)  # fmt: skip

beds = Table(
    "beds", metadata,
    Column("id", String(32), primary_key=True),
    Column("garden", String(32), ForeignKey("gardens.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("crop", String(32)), Column("planted", Date),
    Column("soil", String(32), nullable=False),
    Column("depth_m", Float),
    Column("sun", String(8), nullable=False, server_default="full"),
    Column("container", Boolean, nullable=False, server_default=false()),
    Column("mulch", Boolean, nullable=False, server_default=false()),
    Column("field_capacity", Float), Column("wilting_point", Float),
)  # fmt: skip

nodes = Table(
    "nodes", metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("added", Time),
    Column("status_at", Time),
    Column("status", JSON),  # the rest of NodeStatus
    Column("key", String(64)),  # 32 bytes in hex, for HMAC; the node has the same
    Column("labelled", Time),  # a label with a claim code was printed, and not used yet
    Column("claimed", Time),  # a phone gave the node its own secrets
    Column("air_mv", Float), Column("water_mv", Float),  # of its probe, at the set-up
    Column("wished", JSON),  # what `cfg` said last, without networks
    Column("broker_hash", Text),  # of its password, as a broker keeps it; whoever comes later gets it
)  # fmt: skip

probes = Table(
    "probes", metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
)  # fmt: skip

placements = Table(
    "placements", metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("node", String(32), ForeignKey("nodes.id"), nullable=False, index=True),
    Column("channel", String(8), nullable=False),
    Column("probe", String(32), ForeignKey("probes.id"), nullable=False),
    Column("bed", String(32), ForeignKey("beds.id"), nullable=False, index=True),
    Column("depth_m", Float, nullable=False),
    Column("since", Time, nullable=False),
    Column("until", Time),
)  # fmt: skip

calibrations = Table(
    "calibrations", metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("probe", String(32), ForeignKey("probes.id"), nullable=False, index=True),
    Column("dry_mv", Float, nullable=False), Column("dry_theta", Float, nullable=False),
    Column("wet_mv", Float, nullable=False), Column("wet_theta", Float, nullable=False),
    Column("since", Time, nullable=False),
)  # fmt: skip

harvests = Table(
    "harvests", metadata,
    Column("id", String(36), primary_key=True),
    Column("bed", String(32), ForeignKey("beds.id"), nullable=False, index=True),
    Column("garden", String(32), nullable=False, index=True),
    Column("crop", String(32), nullable=False),
    Column("amount", Float, nullable=False),
    Column("unit", String(16), nullable=False),
    Column("at", Time, nullable=False, index=True),
    Column("recorded", Time, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("replaces", String(36), unique=True),
)  # fmt: skip

waterings = Table(
    "waterings", metadata,
    Column("id", String(36), primary_key=True),
    Column("bed", String(32), ForeignKey("beds.id"), nullable=False, index=True),
    Column("garden", String(32), nullable=False, index=True),
    Column("litres", Float, nullable=False),
    Column("at", Time, nullable=False, index=True),
    Column("recorded", Time, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("replaces", String(36), unique=True),
    Index("waterings_by_bed", "bed", "at"),
)  # fmt: skip

advice = Table(
    "advice", metadata,
    Column("bed", String(32), ForeignKey("beds.id"), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("at", Time, nullable=False),
    Column("expires", Time, nullable=False),
    Column("data_at", Time),
    Column("body", JSON, nullable=False),  # the rest of StoredAdvice
)  # fmt: skip

bed_days = Table(  # the diary of the beds; derived, so that it may be forgotten from a day on
    "bed_days", metadata,
    Column("bed", String(32), ForeignKey("beds.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),  # domain.bed_days.BedDay
)  # fmt: skip

weather = Table(  # what each source says of a day; whoever reads merges them
    "weather", metadata,
    Column("garden", String(32), ForeignKey("gardens.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("source", String(8), primary_key=True),  # "person" | "gauge" | "api"
    Column("forecast", Boolean, nullable=False),
    Column("temp_min_c", Float), Column("temp_max_c", Float),
    Column("rh_min", Float), Column("rh_max", Float),
    Column("wind_m_s", Float), Column("radiation_mj_m2", Float),
    Column("et0_mm", Float), Column("rain_mm", Float), Column("rain_chance", Float),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("line", Text, nullable=False),  # line protocol, nanoseconds
)  # fmt: skip

received = Table(  # ranges of q that were stored or quarantined, per life of a node's ring
    "received", metadata,
    Column("node", String(32), primary_key=True),
    Column("b", String(8), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("end", BigInteger, nullable=False),  # exclusive
)  # fmt: skip

wanted = Table(  # missing rows that nodes are asked for, and those that are known to be lost
    "wanted", metadata,
    Column("node", String(32), primary_key=True),
    Column("b", String(8), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("end", BigInteger, nullable=False),  # exclusive
    Column("since", Time, nullable=False),
    Column("asked", Integer, nullable=False),  # times without any row of it in return
    Column("asked_at", Time),
    Column("lost_at", Time),
)  # fmt: skip

stamps = Table(  # numbers that the stores of readings have too: who is older than whom
    "stamps", metadata,
    Column("name", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
)  # fmt: skip

clock_offsets = Table(
    "clock_offsets", metadata,
    Column("node", String(32), primary_key=True),
    Column("b", String(8), primary_key=True),
    Column("p", BigInteger, primary_key=True),
    Column("offset_s", BigInteger, nullable=False),
)  # fmt: skip

shelf = Table(
    "shelf", metadata,
    Column("node", String(32), primary_key=True),
    Column("b", String(8), primary_key=True),
    Column("q", BigInteger, primary_key=True),
    Column("p", BigInteger),
    Column("t", BigInteger, nullable=False),
    Column("tq", Integer, nullable=False),
    Column("body", JSON, nullable=False),  # values by column code
)  # fmt: skip

quarantine = Table(
    "quarantine", metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("received_at", Time, nullable=False),
    Column("gateway", String(32), nullable=False),
    Column("code", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("q", BigInteger),
    Column("digest", String(64), nullable=False, unique=True),  # the same refusal is kept once
)  # fmt: skip

gateways = Table(
    "gateways", metadata,
    Column("id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("seen", Time),
)  # fmt: skip

gateway_reports = Table(  # what each gateway last said of itself
    "gateway_reports", metadata,
    Column("gateway", String(32), primary_key=True),
    Column("at", Time, nullable=False),
    Column("body", JSON, nullable=False),
)  # fmt: skip

commands = Table(
    "commands", metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("gateway", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("node", String(32)),
    Column("key", String(96), nullable=False),  # a newer command with the same key replaces this one
    Column("body", JSON, nullable=False),
    Index("commands_by_gateway", "gateway", "id"),
)  # fmt: skip

releases = Table(  # firmware that nodes may be given
    "releases", metadata,
    Column("version", String(32), primary_key=True),
    Column("published", Time, nullable=False),
    Column("mpy", Integer, nullable=False),  # version of MicroPython's bytecode
    Column("files", JSON, nullable=False),  # [[name, size, sha256], …]
)  # fmt: skip

firmware_files = Table(
    "firmware_files", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip

rollouts = Table(
    "rollouts", metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("version", String(32), ForeignKey("releases.version"), nullable=False),
    Column("started", Time, nullable=False),
    Column("body", JSON, nullable=False),  # the rest of domain.rollout.Rollout
)  # fmt: skip

admin_links = Table(
    "admin_links", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("expires", Time, nullable=False),
)  # fmt: skip

sessions = Table(
    "sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("expires", Time, nullable=False),
    Column("opened", Time), Column("seen", Time),
    Column("device", String(16), nullable=False, server_default=""),
)  # fmt: skip

troubles = Table(  # what is wrong at present
    "troubles", metadata,
    Column("code", String(32), primary_key=True),
    Column("about", String(128), primary_key=True),
    Column("since", Time, nullable=False),
    Column("facts", JSON, nullable=False),
)  # fmt: skip

marks = Table(  # what is remembered of a file beside the notebook
    "marks", metadata,
    Column("name", String(32), primary_key=True),
    Column("life", String(32), nullable=False),
    Column("number", BigInteger, nullable=False),
)  # fmt: skip
