"""TABLE of how the light blinks: # is on and . is off, a tenth of a second each.

A pattern that ends dark is repeated until another begins; one that ends with light is shown once.
They differ in number and length, because people count, and are short, because light costs charge.
The card for the garden is docs/hardware/blinks.md.
"""

STEP_MS = 100

TABLE = {
    "setup": "#.........",  # waits for a phone
    "joining": "##..##....",  # tries what the phone said
    "sent": "#",
    "saved": "#..#",  # no Wi-Fi or no gateway; the row is kept
    "weak": "######",  # the battery
    "fault": "#..#..#..#..#",
    "updating": "#..######",
}
