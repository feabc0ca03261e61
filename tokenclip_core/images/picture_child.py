"""The process that decodes pictures for another one, see `outside`: `python -m tokenclip_core.images.picture_child`."""

from __future__ import annotations

from typing import Any

from tokenclip_core.errors import ImageError
from tokenclip_core.images.reading import read_samples_here, read_size_here
from tokenclip_core.process.child import Answer, serve


def answer(request: dict[str, Any]) -> Answer:
    """Read the samples or the size of a file; what is wrong with it is said in words."""
    path = request["path"]
    try:
        if request["task"] == "size":
            return {"size": read_size_here(path)}, None
        samples = read_samples_here(path, max_pixels=request["max_pixels"], exact=request["exact"])
    except ImageError as error:
        return {"error": str(error)}, None
    facts = {
        "bits": samples.bits,
        "palette": None if samples.palette is None else samples.palette.tolist(),
        "premultiplied": samples.premultiplied,
        "lossy": samples.lossy,
        "orientation": samples.orientation,
    }
    return facts, samples.values


if __name__ == "__main__":
    serve(answer)
