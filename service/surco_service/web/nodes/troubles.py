"""TABLE of what a person reads of each trouble: what is wrong, and what to do, step by step.

Every sentence is an English msgid; the Spanish ones are in `locale/es.po`. `%(node)s` is a white
box by its bed and garden, `%(box)s` the box that receives their data.
"""

from dataclasses import dataclass

from surco_service.web.frame.reasons import N_


@dataclass(frozen=True)
class Telling:
    title: str
    calm: str  # what need not worry anybody; "" when there is nothing of the kind
    steps: tuple[str, ...]
    many: str = ""  # the title when there are several, %(n)s; each is then named below it


_SPOOL_GONE = Telling(
    N_("Somebody deleted the readings that %(box)s kept."),
    N_("It began a new file and asks the white boxes again."),
    (
        N_("Leave the white boxes on until their readings are here."),
        N_("Nobody should clean its data folder."),
    ),
)

TELLINGS: dict[str, Telling] = {
    "readings-away": Telling(
        N_("We cannot save readings now."),
        N_("Nothing is lost: the boxes keep them and send them again."),
        (
            N_("See that the database of the readings is running."),
            N_("If it runs and this notice stays, run “surco doctor”."),
        ),
    ),
    "notebook-away": Telling(
        N_("We cannot read the gardens' notes now."),
        N_("Nothing is lost: the boxes keep their readings."),
        (
            N_("See that the database of these notes is running."),
            N_("If it runs and this notice stays, run “surco doctor”."),
        ),
    ),
    "notebook-refuses": Telling(
        N_("The database of the gardens' notes does not let us in."),
        N_("Nothing is lost: the boxes keep their readings."),
        (
            N_("Set service.notebook_url right: user, password, address."),
            N_("Then start Surco again."),
        ),
    ),
    "notebook-newer": Telling(
        N_("The gardens' notes are of a newer Surco than this one."),
        N_("Nothing is lost: the boxes keep their readings."),
        (N_("Put the newest version of Surco on this computer."),),
    ),
    "mirror-away": Telling(
        N_("Grafana's pictures are not up to date."),
        N_("What is missing is drawn by itself then."),
        (N_("See that InfluxDB is running."),),
    ),
    "influx-token": Telling(
        N_("The database of the readings does not accept our key."),
        N_("Nothing is lost: the boxes keep their readings."),
        (
            N_("Make a token in InfluxDB that reads and writes our bucket."),
            N_("Write it in service.influx_token and start Surco again."),
        ),
    ),
    "influx-bucket": Telling(
        N_("The readings have no place in InfluxDB: the bucket is gone."),
        N_("Nothing is lost: the boxes keep their readings."),
        (
            N_("Make the bucket again, with the same name."),
            N_("Then run “surco gateway replay” and “surco rebuild”."),
        ),
    ),
    "influx-refuses": Telling(
        N_("InfluxDB does not accept what %(setting)s says."),
        N_("Nothing is lost: the boxes keep their readings."),
        (N_("Write it as InfluxDB has it, and start Surco again."),),
    ),
    "readings-damaged": Telling(
        N_("The file of the readings was damaged."),
        N_("We set it aside, and a new one fills by itself."),
        (
            N_("Leave Surco on until this notice goes."),
            N_("If it happens again, change the disk or memory card."),
        ),
    ),
    "readings-replaced": Telling(
        N_("The file of the readings is another than before."),
        "",
        (
            N_("If you put a copy back, wait: it fills by itself."),
            N_("If nobody did, look at the disk or memory card."),
        ),
    ),
    "readings-incomplete": Telling(
        N_("Readings that did not come back: %(rows)s."),
        N_("Nobody has them any more; all others are kept."),
        (
            N_("Keep the damaged file, if there is one: somebody may read it."),
            N_("If it happens again, change the disk or memory card."),
        ),
    ),
    "notebook-damaged": Telling(
        N_("The gardens' notes are damaged."),
        N_("No reading is lost: the boxes keep them."),
        (
            N_("Put the newest good copy back with “surco restore”."),
            N_("Then change the disk or memory card."),
        ),
    ),
    "notebook-gone": Telling(
        N_("The file of the gardens' notes is gone."),
        N_("No reading is lost: the boxes keep them."),
        (N_("Put the newest good copy back with “surco restore”."),),
    ),
    "notebook-restored": Telling(
        N_("A copy of the gardens' notes was put back."),
        N_("The boxes send again what the copy does not know."),
        (N_("Leave Surco on until this notice goes."),),
    ),
    "backup-old": Telling(
        N_("There is no recent copy of the gardens' notes."),
        "",
        (
            N_("One is made every night: see that Surco stays on."),
            N_("See that the disk for the copies is there and has room."),
        ),
    ),
    "backup-failed": Telling(
        N_("The copy of this night could not be made."),
        "",
        (
            N_("See that the disk for the copies is there and has room."),
            N_("Then run “surco backup”."),
        ),
    ),
    "backup-damaged": Telling(
        N_("The gardens' notes cannot be copied: they are damaged."),
        "",
        (
            N_("Do not turn Surco off: what it knows may still be saved."),
            N_("Keep the older copies, and run “surco doctor”."),
            N_("Put the newest good copy back with “surco restore”."),
        ),
    ),
    "disk-low": Telling(
        N_("The disk is nearly full: %(free_mb)s MB are left."),
        N_("When it is full, readings wait in their boxes."),
        (N_("Move to another place what is not Surco's."),),
    ),
    "deliveries-refused": Telling(
        N_("We cannot take what the boxes send."),
        N_("Nothing is lost: the boxes keep it and send it again."),
        (N_("Run “surco doctor” on Surco's computer: it says why."),),
    ),
    "rows-missing": Telling(
        N_("Readings of %(node)s are missing: %(rows)s."),
        N_("We already ask the box for them."),
        (N_("Leave the box on: it sends them when it has Wi-Fi."),),
        N_("Readings of %(n)s white boxes are missing."),
    ),
    "rows-lost": Telling(
        N_("Readings of %(node)s were lost: %(rows)s."),
        N_("Nobody has them any more; all others are kept."),
        (N_("If it happens again, look at its battery and Wi-Fi."),),
        N_("Readings of %(n)s white boxes were lost."),
    ),
    "quarantine": Telling(
        N_("Messages that we could not read: %(n)s."),
        "",
        (
            N_("Look at them: each says what is wrong with it."),
            N_("After an update, try them again; throw away what is of no use."),
        ),
    ),
    "undated": Telling(
        N_("Readings that wait for a date: %(n)s."),
        N_("They are kept, and dated when their box knows the time."),
        (N_("See whether the network box has Internet: it brings the time."),),
    ),
    "gateway-silent": Telling(
        N_("No news from %(box)s."),
        "",
        (
            N_("See whether it has power and its light is on."),
            N_("See whether the garden's Internet works."),
            N_("Unplug it, wait a minute, and plug it in."),
        ),
        N_("No news from %(n)s network boxes."),
    ),
    "gateway-unheard": Telling(
        N_("%(box)s has never spoken."),
        "",
        (
            N_("Start it on its machine."),
            N_("See that gateway.service_url and its token are right."),
        ),
        N_("%(n)s network boxes have never spoken."),
    ),
    "node-late": Telling(
        N_("No news from %(node)s."),
        "",
        (
            N_("See whether its light blinks."),
            N_("Charge or change its battery."),
            N_("Ask whether the garden has Wi-Fi."),
        ),
        N_("No news from %(n)s white boxes."),
    ),
    "node-unheard": Telling(
        N_("%(node)s has never spoken."),
        "",
        (
            N_("Connect its battery."),
            N_("Follow the steps of its label with your phone."),
            N_("If it has no label, ask whoever keeps Surco's computer."),
        ),
        N_("%(n)s white boxes have never spoken."),
    ),
    "node-battery": Telling(
        N_("The battery of %(node)s is nearly empty."),
        "",
        (N_("Charge it, or put it in the sun."),),
        N_("The batteries of %(n)s white boxes are nearly empty."),
    ),
    "spool": Telling(
        N_("%(box)s cannot save what reaches it."),
        N_("Nothing is lost: the white boxes keep their readings."),
        (
            N_("Make room on its disk."),
            N_("If it has room, change its disk or memory card."),
        ),
    ),
    "spool-removed": _SPOOL_GONE,
    "spool-gone": _SPOOL_GONE,
    "damage": Telling(
        N_("The memory of %(box)s was damaged."),
        N_("It saved what could be read, and asks the boxes for the rest."),
        (
            N_("Leave the white boxes on until their readings are here."),
            N_("Change its disk or memory card soon."),
        ),
    ),
    "queue": Telling(
        N_("%(box)s gets more than it can save."),
        "",
        (
            N_("Wait: the white boxes send it again."),
            N_("If it stays all day, give it a faster memory card."),
        ),
    ),
    "broker": Telling(
        N_("The white boxes cannot hand anything to %(box)s."),
        N_("Nothing is lost: the white boxes keep their readings."),
        (
            N_("Unplug it, wait a minute, and plug it in."),
            N_("If it stays, run “surco doctor” on it."),
        ),
    ),
    "broker-frozen": Telling(
        N_("%(box)s is stuck and takes nothing from the white boxes."),
        N_("Nothing is lost: the white boxes keep their readings."),
        (N_("Unplug it, wait a minute, and plug it in."),),
    ),
    "credentials": Telling(
        N_("%(box)s cannot let new white boxes in."),
        "",
        (
            N_("See that it may write its file of passwords."),
            N_("Set gateway.password_file if it is not set."),
        ),
    ),
    "commands": Telling(
        N_("%(box)s cannot fetch its orders."),
        "",
        (N_("Put the same version of Surco on both machines."),),
    ),
    "forward": Telling(
        N_("%(box)s fails when it hands its readings over."),
        N_("Nothing is lost: it keeps them and tries again."),
        (N_("Start it again; put the newest version of Surco on it."),),
    ),
    "service": Telling(
        N_("%(box)s cannot hand its readings over."),
        N_("Nothing is lost: it keeps them and sends them later."),
        (
            N_("See whether its Internet works."),
            N_("See that gateway.service_url and its token are right."),
        ),
    ),
    "refused": Telling(
        N_("%(box)s has a message that we do not take."),
        N_("It is kept and blocks no other."),
        (N_("Put the same version of Surco on both machines."),),
    ),
    "slow-link": Telling(
        N_("The Internet of %(box)s is very slow."),
        N_("Nothing is lost: readings only come later."),
        (N_("Put it nearer to the modem, or use a cable."),),
    ),
    "clock": Telling(
        N_("%(box)s does not know what time it is."),
        N_("Nothing is lost: readings wait for their date."),
        (
            N_("Connect it to the Internet: it sets its clock by itself."),
            N_("Without Internet, give it a clock and set gateway.clock."),
        ),
    ),
    "unknown": Telling(
        N_("Something is wrong that this page does not know."),
        "",
        (
            N_("Run “surco doctor” on Surco's computer."),
            N_("Put the newest version of Surco on it."),
        ),
    ),
}

WHO: dict[str, str] = {
    "volunteer": N_("Anybody in the garden can mend this"),
    "keeper": N_("For whoever keeps Surco's computer"),
}
