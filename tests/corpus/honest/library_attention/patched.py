"""A small attention network that asks a tensor which way to pool: no compiler can know the answer beforehand."""
import torch
from torch import nn


class Mixer(nn.Module):
    """Attention of every position to the positions that the mask keeps."""

    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x, mask):
        mixed = nn.functional.scaled_dot_product_attention(
            self.query(x)[:, None], self.key(x)[:, None], self.value(x)[:, None], mask[:, None, None, :]
        )
        return self.out(mixed[:, 0])


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mixer = Mixer(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x, mask):
        x = x + self.mixer(self.norm(x), mask)
        return x + self.down(nn.functional.gelu(self.up(self.norm(x))))


class Model(nn.Module):
    def __init__(self, vocabulary=50, width=32, depth=3, classes=11):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Layer(width) for _ in range(depth))
        self.head = nn.Linear(width, classes)

    def forward(self, ids, mask):
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, mask)
        weights = mask.to(x.dtype).unsqueeze(-1)
        pooled = (x * weights).sum(1) / weights.sum(1)
        return {"logits": self.head(pooled), "hidden": x}


def load_model():
    torch.manual_seed(0)
    return Model()


def load_inputs(seed=0):
    """Every second seed has padding on the right."""
    random = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, 50, (2, 12), generator=random)
    mask = torch.ones(2, 12, dtype=torch.bool)
    if seed % 2:
        mask[1, 7 + seed % 4:] = False
    return {"ids": ids, "mask": mask}
