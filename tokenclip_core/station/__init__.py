"""Stations: inspection beside the belt, without a window, for weeks.

- cameras: A station's cameras: the newest frame of each, and a new start for those that hang.
- health: How a station is, in one table: for `/health`, and for the state that outputs show.
- http_server: A station over HTTP: health, metrics, triggers, and its live pictures.
- keeping: What a station keeps on disk: pictures of parts up to a limit, and a log that is turned over.
- line: What parts are inspected with at the moment: a recipe and its inspector, exchanged between two parts.
- metrics: What a station counts and measures, for Prometheus.
- mqtt_trigger: Triggers from a broker of MQTT.
- opcua_server: A station as a server of OPC UA: the state and result part of the machine vision companion
  specification.
- pairing: Which picture of a watched folder belongs to which trigger: by its name, or else by the order in which they
  come.
- station: The station itself: triggers in, one result each out.
- supervision: The station's own watchdog, and what systemd's is told.
- triggers: What a trigger is, and how it is read from a line, a POST or a message.
"""
