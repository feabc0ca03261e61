"""From a map to a verdict: thresholds, areas, calibration, and the words for scores.

- agreement: How the program's verdicts and people's decisions go together, with how sure the rates are.
- areas: Which areas of a part are inspected: rectangles, polygons and brush strokes in relative coordinates.
- calibration: A threshold from parts that are known to be good, at a rate of good parts that may be rejected.
- findings: What an inspection finds, in plain numbers: regions, and each subspace's part in the result; imports
  nothing.
- judgement: How parts are judged, in one frozen value, which gives verdicts and the reasons for them.
- regions: The regions of a map: connected areas that reach a threshold.
- rule: The rule by which a part is defective, in one place: window, live view, report and commands ask it and nothing
  else.
- score_words: Scores and thresholds as people read them: what is below a threshold never looks as if it had reached
  it.
- trade_off: What thresholds cost and bring, where good and defective parts are known: curves, and the best choices.
"""
