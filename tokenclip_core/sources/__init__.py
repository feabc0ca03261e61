"""Frames that go on coming: belts, cameras, videos, watched folders, streams.

- belt: A made-up camera: procedural parts on a moving belt, for demonstrations and tests.
- camera: Cameras of this machine, by name, through OpenCV.
- capture: A thread for each camera that keeps only the newest frame, and connects again by itself; no Qt.
- catalogue: From what a person names to a source: a camera's number or name, an address, a file, a folder.
- frames: What all sources of frames share: the frame, its orientation, and the protocol of a source.
- genicam: Industrial cameras by GenICam: through `harvesters`, and the producers (.cti) that the cameras' makers give
  out.
- network/: Frames from an address: RTSP, and motion JPEG over HTTP.
- ring: The frames of the last seconds, as JPEG, for what comes before a defect.
- video: Video files: played at their own times or frame by frame, with loop and seek.
- video_child: The process that decodes a video for another one: `python -m tokenclip_core.sources.video_child`.
- video_containers: What the containers of videos say of themselves: whether a file is cut off, and how long its film
  lasts.
- video_files: What OpenCV's readers of video have in common: they print nothing on the terminal, and they give RGB.
- video_reader: The frames of a video file, one by one, with the times that the file gives them, and what of them is
  missing.
- watched: A folder that another program writes pictures into, such as a line camera's.
"""
