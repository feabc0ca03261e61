"""The store: every result is kept as it is made, in SQLite or any database that SQLAlchemy knows.

- database: Opens a store by its URL: engine, migrations, and errors in words.
- events: What is written into the store, as plain values that can wait in a spool.
- history: Questions to the store: runs, results, earlier verdicts of a folder, judging again without the model.
- identity: Which part a result is about: its path, and the content of its file.
- result_event: A row of results as the store's event.
- schema: The tables of the store.
- spool: Events that wait on disk while the database is gone.
- summaries: What the store answers, as plain values.
- writing: Writes events in batches from a thread of its own; nothing that inspects ever waits for the database.
"""
