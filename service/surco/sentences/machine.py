"""TABLE: what a person hears of the machine that runs Surco: start, doctor, data, certificates."""

MACHINE: dict[str, tuple[str, str]] = {
    # starting, data
    "running": ("Surco está listo: {url}", "Surco is ready: {url}"),
    "admin": (
        "Enlace de administración (sirve una vez): {url}",
        "Administrator link (works once): {url}",
    ),
    "admin-known": (
        "Ya hubo un enlace de administración; para otro: surco admin-link --data {data}",
        "There has been an administrator link; for another one: surco admin-link --data {data}",
    ),
    "sessions": (
        "{count} accesos abiertos, {links} enlaces sin usar.",
        "{count} open sessions, {links} unused links.",
    ),
    "sessions-ended": ("{count} accesos cerrados.", "{count} sessions ended."),
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
    "no-room": (
        "{path}: el disco no deja escribir ({why}); libera espacio. Lo que está guardado sigue ahí.",
        "{path}: the disk takes nothing ({why}); free some room. What is kept is still there.",
    ),
    "no-backup-here": (
        "service.notebook_url: ese cuaderno no es un archivo; respáldalo con lo que trae su base de datos",
        "service.notebook_url: that notebook is no file; back it up with its database's own means",
    ),
    "backup-made": ("Respaldo hecho: {file}", "Backup made: {file}"),
    "backup-bad": (
        "{file}: no sirve como cuaderno ({why}); elige otro respaldo",
        "{file}: of no use as a notebook ({why}); choose another backup",
    ),
    "backups-none": (
        "No hay respaldos en {folder}.",
        "There are no backups in {folder}.",
    ),
    "backups-there": (
        "Respaldos, el más nuevo al final. Para volver a uno: surco restore ARCHIVO",
        "Backups, the newest last. To go back to one: surco restore FILE",
    ),
    "restored": (
        "El cuaderno es ahora el de {file}. El de antes está en {aside}. "
        "La caja que junta los datos manda otra vez lo que guarda.",
        "The notebook is now that of {file}. The one before is {aside}. "
        "The gateway sends again what it keeps.",
    ),
    "restored-first": (
        "El cuaderno es ahora el de {file}. La caja que junta los datos manda otra vez lo que guarda.",
        "The notebook is now that of {file}. The gateway sends again what it keeps.",
    ),
    "closed-to-others": (
        "{path}: otros usuarios de esta máquina podían leer {count} archivos y carpetas; ya solo tú",
        "{path}: other users of this machine could read {count} files and folders; now only you can",
    ),
    "gateway-name": (
        "debe empezar con gateway, y luego a lo más 25 de a-z, 0-9 y -",
        "it must begin with gateway, then at most 25 of a-z, 0-9 and -",
    ),
    "node-password": (
        "SURCO_NODE_PASSWORD: falta la contraseña del nodo; ponla en esa variable",
        "SURCO_NODE_PASSWORD: the node's password is missing; put it into that variable",
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
    "demo-verdicts": (
        "Escribiendo los veredictos de esos días para Grafana…",
        "Writing the verdicts of those days for Grafana…",
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
    "two-readings": ("{text} puede ser {readings}: escríbelo así", "{text} can be {readings}: write it so"),
    "theta-per-cent": (
        "theta: todo está en por ciento; se lee 23.5 como 0.235",
        "theta: all of it is in per cent; 23.5 is read as 0.235",
    ),
    "cell-unused": (
        "línea {line}, {column}: {cell} no se usa ({why})",
        "line {line}, {column}: {cell} is not used ({why})",
    ),
    "cell-range": ("un día tiene de {values}", "a day has {values}"),
    "cell-swapped": ("el mínimo pasa del máximo", "the minimum is above the maximum"),
    "cell-twice": ("ese día ya está en la línea {values}", "that day is on line {values} already"),
    "cell-no-column": ("no tiene columna", "it has no column"),
    "account": (
        "día bebió lluvia riego visto escurrió cuenta sonda creemos ±",
        "day drank rain watered seen drained account probe believed ±",
    ),
    "quarantine-empty": ("La cuarentena está vacía.", "The quarantine is empty."),
    "quarantine-done": ("{count} mensajes.", "{count} messages."),
    "quarantine-still": (
        "{id}: sigue en cuarentena ({code})",
        "{id}: still in quarantine ({code})",
    ),
    # doctor
    "doctor-folder": ("Carpeta de datos {path}: se puede escribir", "Data folder {path}: writable"),
    "doctor-folder-bad": (
        "Carpeta de datos {path}: no se puede escribir; revisa el dueño y los permisos",
        "Data folder {path}: cannot be written; look at its owner and permissions",
    ),
    "doctor-disk": ("Disco: {free:.1f} GB libres", "Disk: {free:.1f} GB free"),
    "doctor-backup": (
        "Respaldo del cuaderno: hace {age} ({file})",
        "Backup of the notebook: {age} ago ({file})",
    ),
    "doctor-backup-none": (
        "Respaldo del cuaderno: no hay ninguno en {folder}; haz uno con «surco backup»",
        "Backup of the notebook: there is none in {folder}; make one with “surco backup”",
    ),
    "doctor-zones": (
        "Horas de verano: reglas de {used}",
        "Summer hours: rules of {used}",
    ),
    "doctor-zones-system-old": (
        "Horas de verano: reglas de {used}, las de Surco; las de esta máquina son de {system}. "
        "Sus otras horas pueden fallar por una hora: actualiza el paquete tzdata.",
        "Summer hours: rules of {used}, which Surco carries; those of this machine are of {system}. "
        "Its other clocks may be an hour off: upgrade the package tzdata.",
    ),
    "doctor-clock": ("Reloj: en hora", "Clock: synchronised"),
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
    "doctor-machine-says": ("(la máquina dice: {words})", "(the machine says: {words})"),
    "doctor-nodes": ("Sensores: {count}, todos a tiempo", "Nodes: {count}, all in time"),
    "store-away": (
        "La base de datos no responde ({why}). Nada se perdió: intenta de nuevo más tarde.",
        "The database does not answer ({why}). Nothing was lost: try again later.",
    ),
    "influx-set-up": (
        "InfluxDB en {url} estaba vacío: ya tiene administrador; su contraseña está en {file}",
        "InfluxDB at {url} was empty: it has an administrator now, whose password is in {file}",
    ),
    "influx-whose": (
        "InfluxDB en {url} ya tiene administrador: pon su token en INFLUX_TOKEN y repite",
        "InfluxDB at {url} has an administrator: put that token in INFLUX_TOKEN and run this again",
    ),
    "influx-there": (
        "{file} ya dice service.influx_url; bórralo de ahí si quieres otro InfluxDB",
        "{file} says service.influx_url already; take it out there for another InfluxDB",
    ),
    "influx-away": (
        "--url {url}: InfluxDB no responde ({why}); arráncalo o corrige la dirección",
        "--url {url}: InfluxDB does not answer ({why}); start it, or mend the address",
    ),
    "influx-refuses": (
        "InfluxDB en {url} se niega ({why}); revisa INFLUX_TOKEN: debe ser el de quien administra",
        "InfluxDB at {url} refuses ({why}); check INFLUX_TOKEN: it must be the administrator's",
    ),
    "influx-made": (
        "Lecturas en InfluxDB, cubeta «{bucket}»; los ajustes están en {file}. Reinicia surco up.",
        "Readings in InfluxDB, bucket “{bucket}”; the settings are in {file}. Start surco up again.",
    ),
    "influx-grafana": (
        "Para Grafana, un token que solo lee:", "For Grafana, a token that can only read:",
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
}  # fmt: skip
