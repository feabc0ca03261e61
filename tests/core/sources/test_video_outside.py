"""Videos are decoded in another process: one whose decoder dies is a row, or a camera's fault, and nothing else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from stand_ins import stand_in

from tokenclip_core.commands.inputs import Source, pictures_of
from tokenclip_core.errors import ImageError
from tokenclip_core.sources import video_reader
from tokenclip_core.sources.frames import StreamError
from tokenclip_core.sources.video import VideoFileSource
from tokenclip_core.sources.video_reader import VideoReader

WHOLE = Path(__file__).parent / "videos" / "whole.mp4"
# Opens, gives two frames, and then does what a decoder must not.
_TWO_FRAMES = """if request['task'] == 'open':
        return {'opened': True, 'width': 6, 'height': 4, 'rate': 10.0, 'announced': 9}, None
    global given
    given = globals().get('given', 0) + 1
    if given <= 2:
        return {'skipped': 0, 'milliseconds': 100.0 * given}, np.full((4, 6, 3), given, np.uint8)"""


@pytest.fixture(params=[("exited", "exit code 3"), ("killed", "was ended"), ("hanging", "longer than")])
def dying(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A decoder that dies at the third frame; how that is said."""
    death, words = request.param
    monkeypatch.setattr(video_reader, "COMMAND", stand_in(death, first=_TWO_FRAMES))
    if death == "hanging":
        monkeypatch.setattr(video_reader, "SECONDS", 2.0)
    return str(words)


def test_frames_before_the_death_are_kept_and_a_row_says_why_there_are_no_more(dying: str) -> None:
    name = PurePosixPath("whole")
    pictures = list(pictures_of([Source(WHOLE, name), Source(Path("next.png"), PurePosixPath("next"))]))
    assert [picture.is_whole for picture in pictures] == [True, True, False, True]
    with pytest.raises(ImageError, match=rf"{WHOLE}: its decoder .*{dying}.* after frame 1.* 2 frames were read"):
        pictures[2].load()
    # The run goes on with the next input.
    assert pictures[3].path == "next.png"


def test_in_the_live_view_it_is_a_fault_of_that_source(dying: str) -> None:
    source = VideoFileSource(WHOLE, loop=False, every_frame=True)
    source.open()
    assert source.read() is not None
    assert source.read() is not None
    with pytest.raises(StreamError, match=dying):
        source.read()
    source.close()


@pytest.mark.parametrize("death", ["exited", "killed"])
def test_a_decoder_that_dies_while_it_opens(death: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_reader, "COMMAND", stand_in(death))
    pictures = list(pictures_of([Source(WHOLE, PurePosixPath("whole"))]))
    with pytest.raises(ImageError, match="its decoder"):
        pictures[0].load()
    with pytest.raises(StreamError, match="decoder"):
        VideoFileSource(WHOLE).open()


def test_frames_beyond_the_limit_of_pixels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = VideoReader(WHOLE)
    reader.close()
    opened = "return {'error': 'gives frames of 99999 x 99999 pixels, more than the limit'}, None"
    monkeypatch.setattr(video_reader, "COMMAND", stand_in("exited", first=opened))
    reader = VideoReader(WHOLE)
    assert not reader.is_open
    assert "99999 x 99999" in str(reader.missing(to_the_end=True))


def test_a_reader_that_waits_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_reader, "COMMAND", stand_in("hanging", first=_TWO_FRAMES))
    reader = VideoReader(WHOLE)
    assert reader.read() is not None
    assert reader.read() is not None
    reader.interrupt()
    assert reader.read() is None
    assert reader.failure is not None
