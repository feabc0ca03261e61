"""How good a model is: metrics, ablations, specialisation, best and worst cases.

- ablation_rows: Which rows an ablation table has: what each one trains, how it inspects, and what makes it differ
  from the default.
- ablation_run: Runs an ablation: trains what a row needs, measures it on every set, and keeps each figure on disk at
  once.
- ablation_table: The ablation table: means and deviations over the seeds, as Markdown, CSV and JSON, and what they
  say of the paper.
- cases: Pictures of the best and the worst cases of a model on a data set with masks, for a model card.
- evaluation: The table of a model on a labelled set: what is collected of each category, and the lines made of it.
- evidence_scale: Makes the constants of a model's evidence from procedural folders, each of parts of one kind.
- measured_set: A data set that is measured many times: encoded once, scored again for every set of subspaces and
  settings.
- metrics: How well scores and maps tell defects from good parts: exact, by sorting, without a grid of thresholds.
- naming: Learns what made-up defects look like, and measures how often the name that a region is given is right.
- specialisation: What each learned subspace has become: how far they are apart, which tokens they take, and what to
  call them.
- specialisation_sheet: A picture of what each subspace picks: one row for each, with crops around its best patches.
"""
