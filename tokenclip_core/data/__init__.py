"""Labelled sets, and which mask belongs to which part.

- folder_layouts: Labelled sets whose folders say what is good, what is defective, and where the masks are.
- good_parts: Which files of a folder are good parts: what `calibrate` may learn a threshold from.
- layouts: The layouts of data sets with good and defective parts, read into one list of samples.
- listed_layouts: Labelled sets that a file lists: VisA's table, and Real-IAD's JSON files.
- marked_layouts: Labelled sets whose masks alone say which part is defective: KolektorSDD and SDD2, and DAGM.
- pairing: Which mask belongs to which part: by the path below the folder of their kind, never by the name alone.
- samples: The samples of a labelled set: parts, what they are, and which masks mark their defects.
- saturations: The file of MVTec LOCO that says how much of a region must be found for it to count as found.
- tables: Tables of other programs: any usual encoding and separator, headers with blanks, paths with backslashes.
- procedural/: Procedural images of parts with and without defects: training data, samples and tests without a camera.
"""
