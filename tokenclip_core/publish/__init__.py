"""Results to other programs: once for each part, in order, and nothing lost while the other side is gone.

- addresses: From what a person names to an output: the address of a broker or of a web server, a file, a folder.
- credentials: Passwords of outputs: from the environment or the system's key ring, never from an address.
- delivery: A thread for each output: takes what waits for it, and tries again until the other side has it.
- json_lines: Results as lines of JSON in a file, or in a folder with a file for each day.
- messages: What waits in a spool, and what the other side gets to see of it.
- mqtt: Results to a broker of MQTT: QoS 1, a retained state, and a last will.
- output: What all outputs have in common, and what can go wrong with them.
- publisher: A spool with all its outputs: one thing to put results into.
- spool: Triggers and results on disk, in one SQLite file, until every output has them.
- stored: Results into the store, as one output among the others.
- webhook: Results to a web server: each a signed POST.
"""
