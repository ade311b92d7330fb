"""What is known about the inputs a model accepts: sizes, layout of pixels, which optional arguments it needs."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Plan:
    """Found once for a model by repair, then varied by draws. Sizes are counts of elements."""

    batch: int = 2
    length: int = 12  # text
    decoder_length: int = 5
    image: tuple[int, int] | None = None  # height, width; None: what the configuration says
    pixels: str | None = None  # layout of pixel_values, see vision.LAYOUTS; None: by signature
    clip: int = 10_000  # raw audio samples
    frames: int | None = None  # spectrogram frames; None: what the configuration says
    grid: int = 2  # side of an image grid, in merged patches
    media_tokens: dict[str, int] = field(default_factory=dict)  # "image" -> placeholders a row
    decoder: bool | None = None  # pass decoder ids; None: when the configuration is an encoder-decoder
    ask: list[str] = field(default_factory=list)  # optional arguments the model turned out to need
    drop: set[str] = field(default_factory=set)  # arguments the model refuses
    tried: set[str] = field(default_factory=set)
    codebooks: int = 1  # rows of token ids for each row of the batch
    streams: int = 1  # token ids at each position
    vocabulary: int | None = None  # token ids below this; None: what the model's embedding takes
    wave_channel: bool = False  # raw audio with an axis of one channel
    feature_channel: bool = False  # spectrograms with an axis of one channel
    swap_features: bool = False  # spectrograms as (bins, frames) instead of (frames, bins)
    repairs: list[str] = field(default_factory=list)

    def copy(self) -> Plan:
        return copy.deepcopy(self)

    def to_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes an equal plan."""
        values = asdict(self)
        values["drop"], values["tried"] = sorted(self.drop), sorted(self.tried)
        return values

    @staticmethod
    def from_json(values: dict[str, Any]) -> Plan:
        image = values.get("image")
        return Plan(
            **{
                **values,
                "drop": set(values["drop"]),
                "tried": set(values["tried"]),
                "image": tuple(image) if image else None,
            }
        )
