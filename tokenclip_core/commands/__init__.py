"""The command line: one module a command, put together in `cli`.

Importing this package and any module in it imports neither torch nor Qt: commands import what they work with when they
run, so that `--help` and the window answer at once.

- batches: Files through the model, in order and in batches, for commands that want results rather than rows.
- calibrate: `calibrate`: a threshold from parts that are known to be good.
- cli: `python main.py …` and `tokenclip …`: finds the command, runs it, and turns errors into one line and an exit
  code.
- command: What a command of the command line is made of.
- comparing: What `evaluate` compares parts with: a category's own, a folder of good parts, or good parts drawn by
  chance.
- data_options: Options that name a data set, for the commands that measure or learn on one, and the samples they
  mean.
- evaluate: `evaluate`: the benchmark table of a model on a data set, per category, per kind of defect, and the mean.
- evidence_options: Which evidence decides: the options of several commands, good parts from a folder, and a pool of the
  folder's parts.
- history: `history`: what a store holds: runs, their results, other thresholds, two runs compared.
- inputs: What a command was asked to inspect: images, folders, videos and streams, as single pictures in order.
- inspect_options: What `inspect` can be told on the command line.
- inspect_parts: `inspect`: images, folders, videos and streams in, one row each out, as they are done.
- live_pictures: The frames of a stream or camera, for commands: always the newest one, so that a slow model leaves
  frames out.
- models: `models`: which backbones there are, and to check, get, add, convert, export and remove them.
- options: Options that several commands share, and the inspector they describe.
- progress: Progress on stderr: one live line on a terminal, a line every few seconds elsewhere.
- report: `report`: a page or a PDF of what a run found, from its folder or from a store; no model runs.
- samples: `samples`: made-up parts with and without defects, to try the program on without photographs.
- station: `station`: inspection beside the belt without a window, for weeks.
- storing: A run of a command into the store, and to other programs, beside its files.
- train: `train`: learns prompts on a data set with masks and writes them as a checkpoint for `inspect` and
  `evaluate`.
"""
