"""Tricks of the process that need no window.

- ahead: Working ahead in threads: images are decoded, and the next encoded, while results of the present ones are used.
- bundled: The program as one executable: it stands in for the interpreter where a module is run in another process.
- allocator: How the C library keeps memory that was freed: a setting of the process, for programs, not for a
  library's import.
- child: A long-lived process that does for this one what could end it or hang: decoding files that others made.
- interruption: Ctrl-C and termination as a wish to stop at the next whole result, instead of an exception anywhere.
- prepare: What a program of ours does to its process before it works; a library that is merely imported does none of
  it.
- system_libraries: The shared libraries and the display that OpenCV and Qt expect of a Linux system, checked before
  they are needed.
- threads: How many threads numpy's products and OpenCV take: a setting of the process, made before they are imported.
"""
