"""A threshold measured from parts that are known to be good, as `calibrate` does.

- controller: Asks for parts, has them inspected, and puts the measured threshold in force; opens and saves such.
- curves: What every threshold costs and brings, as two curves.
- dialog: What is measured from which parts, and what came out.
- drift: Says when the good parts of now score otherwise than those that the threshold was measured from.
- evaluating: Opens the page of evaluations, and follows the one that is on its way.
- evaluation: Measures the model on a folder with labels, in slices of time in the inference thread; no Qt.
- evaluation_page: A folder with labels measured: the table, the curves of a line, and the worst cases to click.
- model: What is asked for and what was measured; no Qt.
- work: Measures a threshold, and reads calibrations; in worker threads. No Qt.
"""
