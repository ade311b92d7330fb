"""One draw in the making: the model, its plan and signature, and values that depend on (seed, argument) only."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import torch

from adapt_harness.inputs import lookup
from adapt_harness.inputs.plan import Plan
from adapt_harness.sources.tokens import MEDIA_KEY, TOKEN_KEY


class Context:
    """What a builder of an argument may look at, and the arguments made so far (`made`)."""

    def __init__(self, model: torch.nn.Module, plan: Plan, seed: int):
        self.model, self.config, self.plan, self.seed = model, model.config, plan, seed
        self.made: dict[str, torch.Tensor] = {}
        self.read_at: list[str] = []  # while repairing: names in the lines of source that raised
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self.parameters = {n: p for n, p in inspect.signature(model.forward).parameters.items() if p.kind in kinds}

    def accepts(self, name: str) -> bool:
        return name in self.parameters

    def required(self, name: str) -> bool:
        return name in self.parameters and self.parameters[name].default is inspect.Parameter.empty

    def find(self, names: str, default: Any = None, prefer: tuple[str, ...] = ()) -> Any:
        return lookup.find(self.config, names, default, prefer)

    def generator(self, name: str) -> torch.Generator:
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)

    def normal(self, name: str, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator(name))

    def integers(self, name: str, low: int, high: int, *shape: int) -> torch.Tensor:
        return torch.randint(low, high, shape, generator=self.generator(name))

    def vocabulary(self) -> int:
        """How many token ids the model accepts."""
        if self.plan.vocabulary:
            return self.plan.vocabulary
        said = lookup.whole(self.find("vocab_size", None, lookup.TEXT), 0)
        try:
            table = self.model.get_input_embeddings()
        except Exception:  # composites and wrappers have none
            table = None
        rows = getattr(table, "num_embeddings", None)
        return min(rows, said or rows) if rows else said or 100

    def special_ids(self, media_only: bool = False) -> set[int]:
        found: set[int] = set()
        for part in lookup.parts(self.config):
            for key, value in vars(part).items():
                if TOKEN_KEY.fullmatch(key) and (not media_only or MEDIA_KEY.search(key)):
                    found.update(v for v in (value if isinstance(value, (list, tuple)) else [value]) if type(v) is int)
        return found

    def ids(self, name: str, *shape: int) -> torch.Tensor:
        """Token ids over the whole vocabulary, its first and last id among them.

        Ids that mark media or an end would change what the rest of the input must be, so they are left out.
        """
        size = self.vocabulary()
        banned = self.special_ids()
        pool = torch.tensor([i for i in range(size) if i not in banned] or list(range(size)))
        ids = pool[self.integers(name, 0, len(pool), *shape)]
        corners = [c for c in (0, size - 1) if c not in self.corner_ban()]
        flat = ids.reshape(-1)
        places = torch.randperm(flat.numel(), generator=self.generator(name + "/corners"))
        for corner, place in zip(corners, places.tolist()):
            flat[place] = corner
        return flat.reshape(shape)

    def corner_ban(self) -> set[int]:
        banned = self.special_ids(media_only=True)
        for names in (
            "eos_token_id",
            "pad_token_id",
            "bos_token_id",
            "decoder_start_token_id",
            "sep_token_id",
            "mask_token_id",
        ):
            value = self.find(names, None, lookup.TEXT)
            banned.update(v for v in (value if isinstance(value, (list, tuple)) else [value]) if type(v) is int)
        return banned
