"""TABLE: heads and cells of the tables of `surco energy`."""

ENERGY: dict[str, tuple[str, str]] = {
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
