"""Work that must not happen in the window's thread: threads, their order, the model behind them.

- bridge: From a worker's thread into the GUI thread: the one place where outcomes meet Qt.
- encodings: What the encoder said of the last parts, and pictures on their way to it. No Qt.
- engine: The model behind the window: loads it, inspects parts, and keeps what the encoder said of the last ones.
- inspector_like: What the window needs of the core's inspector, so that tests can put something quicker in its place.
- jobs: A long-lived thread that does one job at a time, most urgent first; no Qt.
- order_of_work: In what order the threads do what they are asked, and which parts are likely to be looked at next.
- part_results: From what the core says of a part to what the window shows of it. No Qt.
- work: The threads of the window, in one place: what each of them computes, and how all of them end.
"""
