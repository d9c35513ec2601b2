"""What the service asks of the outside, as promises in words.

Every promise is held by one test suite that runs over all adapters of its port. Times are aware
datetimes in UTC, except row times, which are whole seconds since 1970 (`t`) as on the wire.

* `intake`       `ReadingStore`: readings, for ever. `Ledger`: book-keeping of deliveries.
                 `Gateways`: who delivers, and what each is told
* `water`        `Diary`: the days of each bed, its latest advice, and the weather of gardens
* `nodes`        `Registry`: nodes, probes, placements, calibrations. `Keys`: what makes a node
                 ours. `Firmware`: versions, and how far one has been rolled out
* `stewardship`  `Records`: gardens, beds, harvests, waterings
* `people`       `Sessions`: one-time links and what they open
* `troubles`     `Troubles`: what is wrong with the machine at present
* `mirror`       `Outbox`: lines that wait. `Mirror`: InfluxDB for Grafana; the embedded size has none
* `events`       `Events`: tells open pages that something about a bed changed
* `clock`        `Clock`
* `stores`       `Stores`: all that is open, in one value
"""
