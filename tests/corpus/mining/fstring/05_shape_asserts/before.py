import torch
from torch import nn, Tensor


def check_rank(x: Tensor, rank: int, what: str = "input") -> None:
    assert x.dim() == rank, "{} must have {} axes but has {}".format(what, rank, x.dim())


class Attention(nn.Module):
    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0):
        super().__init__()
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.head_dim = embed_dim // num_heads
        assert (
            self.head_dim * num_heads == embed_dim
        ), "embed_dim must be divisible by num_heads (got `embed_dim`: {} and `num_heads`: {}).".format(embed_dim, num_heads)
        self.qkv = nn.Linear(embed_dim, 3 * embed_dim)
        self.out = nn.Linear(embed_dim, embed_dim)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor = None) -> Tensor:
        check_rank(x, 3, "hidden states")
        bsz, n, _ = x.size()
        q, k, v = self.qkv(x).view(bsz, n, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        w = q @ k.transpose(-1, -2) * self.head_dim**-0.5
        if w.size() != (bsz, self.num_heads, n, n):
            raise ValueError(
                "Attention weights should be of size {}, but are {}".format((bsz, self.num_heads, n, n), w.size())
            )
        if mask is not None:
            if mask.size() != (bsz, 1, n, n):
                raise ValueError("Attention mask should be of size %s, but is %s" % ((bsz, 1, n, n), mask.size()))
            w = w + mask
        w = nn.functional.dropout(w.softmax(-1), self.dropout, self.training)
        y = (w @ v).transpose(1, 2).reshape(bsz, n, self.embed_dim)
        return self.out(y)


class PatchEmbedding(nn.Module):
    def __init__(self, image: int, patch: int, channels: int, width: int):
        super().__init__()
        if image % patch:
            raise ValueError("image size {0} is no multiple of patch size {1}".format(image, patch))
        self.image, self.channels = image, channels
        self.proj = nn.Conv2d(channels, width, patch, patch)

    def forward(self, pixels: Tensor) -> Tensor:
        _, c, h, w = pixels.shape
        if c != self.channels or (h, w) != (self.image, self.image):
            raise ValueError(
                "Make sure that the channels of the pixels match the configuration."
                " Expected %(c)d channels." % {"c": self.channels}
            )
        return self.proj(pixels).flatten(2).transpose(1, 2)


class Merge(nn.Module):
    """Four patches become one."""

    def __init__(self, width: int):
        super().__init__()
        self.lin = nn.Linear(4 * width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        n = int(x.shape[1] ** 0.5)
        x = x.unflatten(1, (n, n))
        return self.lin(torch.cat([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)], -1)).flatten(1, 2)
