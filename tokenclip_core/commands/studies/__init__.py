"""Programs for those who make models or measure the method, apart from the program's own commands.

Each is `python -m tokenclip_core.commands.studies.NAME`; `--help` says more.

- ablations: One command, one table: what each choice of the method is worth, trained on one data set and measured on
  others.
- build: Makes the files with which a bundled model runs without torch; to be run again when its weights change.
- cases: Pictures of the best and the worst cases of a model, for a model card; see `measuring.cases`.
- evidence_scale: Makes the constants of a model's evidence from procedural folders; see
  `measuring.evidence_scale`.
- export: Writes pretrained weights into a model folder; see `pretraining.export`.
- naming: Learns what defects look like, so that regions can be named, and measures it; see `measuring.naming`.
- pretrain: Pretrains a bundled model; the same command goes on after a kill. See `pretraining.pretrain`.
- pretrain_head: Makes the model `dinov2-small` from its sources; the same command goes on after a kill. See
  `pretraining.dense_head`.
- program: What the programs of this folder have in common: how their options are shown, and how they end.
- specialisation: What each learned subspace has become; see `measuring.specialisation`.
"""
