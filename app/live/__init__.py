"""The live view of cameras.

- access_dialog: User name and password of a network camera, which are asked for at each start since they are not
  kept.
- add_dialog: Which camera to add: one of this computer by name, an address, a video, a folder, or a demonstration.
- camera: One camera of the live view, as the controllers know it.
- camera_settings: The options of a camera: its dialog, and what is said when a camera does not take a value that was
  kept.
- cameras: Cameras: their threads, their turns in the inference thread, and what their tiles show.
- controls: Below the cameras: freeze, step, snapshot, record, and the place in a video.
- files: What the live view writes: snapshots, and recordings with the seconds before a defect; no Qt, for a worker
  thread.
- last_frames: The newest inspected frames of a camera, which a person may say were good; no Qt.
- memory: Cameras and options as they were at the last start; passwords are asked for again.
- operator: The verdict over the whole screen, to be read from across the hall.
- options_dialog: Options of one camera, and of what all of them do at a defect and while recording.
- page: The live view: cameras side by side or one of them large, the layers above, the controls below.
- panels: While the live view is seen, the panels on the right are about the selected camera.
- recording: Snapshots, recordings, and what happens when a defect begins: a sound, the whole screen in its colour.
- results: A frame and what is said about it, ready to be painted; for worker threads.
- settings: What the live view remembers between starts; never a password.
- sharing: Several cameras, one thread: each has its turn, with its newest frame; no Qt.
- tile: One camera of the live view: its picture under its layers, its verdict, and how fresh they are.
- view: The live view as a whole: entering and leaving it, its menu, its dialogs, and the parts it consists of.
- words: What a tile says about a fault: in words, in the window's language, without passwords.
"""
