from __future__ import annotations

from typing import Optional

import torch
from torch import nn


class Projector(nn.Module):
    def __init__(self, vision: int, text: int):
        super().__init__()
        self.norm = nn.LayerNorm(vision)
        self.up = nn.Linear(vision, text)

    def forward(self, features):
        return self.up(self.norm(features))


class MultiModal(nn.Module):
    image_token: int = 7

    def __init__(self, vision, language, vision_width, text_width):
        super().__init__()
        self.vision, self.language = vision, language
        self.projector = Projector(vision_width, text_width)

    def merge(self, input_ids: torch.Tensor, embeds: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
        special = input_ids == self.image_token
        # the n-th image token takes the n-th row
        row = torch.cumsum(special.flatten().to(torch.int64), dim=0) - 1
        row = row.clamp(min=0).view_as(input_ids)
        return torch.where(special[..., None], image[row], embeds)

    def expand_positions(self, input_ids: torch.Tensor, patches: int, attention_mask: Optional[torch.Tensor] = None):
        special = input_ids == self.image_token
        width = special * (patches - 1) + 1
        # width is an integer tensor, a token or a whole image wide
        new_position = torch.cumsum(width, dim=-1) - 1
        if attention_mask is not None:
            valid = attention_mask.bool()
            pad = torch.cumsum((~valid).to(torch.int64), dim=-1)
            new_position = new_position - pad
        return new_position

    def forward(self, input_ids, pixel_values=None, attention_mask=None):
        embeds = self.language.embed(input_ids)
        if pixel_values is not None:
            image = self.projector(self.vision(pixel_values)).flatten(0, 1)
            embeds = self.merge(input_ids, embeds, image.to(embeds.dtype))
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        position_ids = torch.cumsum(attention_mask.long(), dim=-1) - 1
        position_ids = position_ids.masked_fill(attention_mask == 0, 1)
        return self.language(inputs_embeds=embeds, position_ids=position_ids)


def image_counts(input_ids: torch.Tensor, image_token: int) -> list[int]:
    hit = input_ids == image_token
    starts = hit.clone()
    starts[:, 1:] &= ~hit[:, :-1]
    return [int(n) for n in starts.sum(1)]


def image_of_token(input_ids: torch.Tensor, start_token: int) -> torch.Tensor:
    opened = input_ids.eq(start_token)
    return opened.to(torch.int64).cumsum(dim=1) - 1
