"""A threshold measured from parts that are known to be good, as `calibrate` does.

- controller: Asks for parts, has them inspected, and puts the measured threshold in force; opens and saves such.
- curves: What every threshold costs and brings, as two curves.
- dialog: What is measured from which parts, and what came out.
- model: What is asked for and what was measured; no Qt.
- work: Measures a threshold, and reads calibrations; in worker threads. No Qt.
"""
