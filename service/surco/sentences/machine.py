"""TABLE: what a person hears of the machine that runs Surco: start, doctor, data, certificates."""

MACHINE: dict[str, tuple[str, str]] = {
    # starting, data
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
}  # fmt: skip
