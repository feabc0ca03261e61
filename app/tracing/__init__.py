"""What tests and benchmarks see of a running window.

- observer: Answers a scripted walk that asks where things are and what is shown; only where a trace is asked for.
- trace: Milestones of a start, written when `TOKENCLIP_TRACE` names a file: what the benchmarks and tests measure.
- watchdog: Measures how long the GUI thread's event loop was blocked; used by tests and when a trace is asked for.
"""
