"""Grafana dashboards as code: plain functions that return dictionaries; the JSON is committed.

* `queries`    InfluxQL, and Grafana's macros expanded as Grafana does it
* `panels`     one function for each kind of panel
* `programme`, `garden`   one dashboard each
* `dashboard`  what makes a dashboard of panels: grid, numbers, variables, annotations
* `access`     a token that can read one bucket and nothing else
* `push`       for a Grafana without provisioning files

Grafana 10 to 13 read what is written here.
"""
