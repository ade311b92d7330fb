import numpy as np
import torch
import torch.nn as nn


class RotaryPositionEmbedder(nn.Module):
    def __init__(self, hidden_size, in_channels=3):
        super(RotaryPositionEmbedder, self).__init__()
        assert hidden_size % 2 == 0
        self.in_channels = in_channels
        self.freq_dim = hidden_size // in_channels // 2
        self.pad = hidden_size // 2 - self.freq_dim * in_channels
        self.freqs = 1.0 / (10000 ** (torch.arange(self.freq_dim, dtype=torch.float32) / self.freq_dim))

    def _phases(self, indices):
        self.freqs = self.freqs.to(indices.device)
        phases = torch.outer(indices, self.freqs)
        return phases.cos(), phases.sin()

    def _rotate(self, x, cos, sin):
        x_r, x_i = x.float().reshape(*x.shape[:-1], -1, 2).unbind(-1)
        x_rotated = torch.stack((x_r * cos - x_i * sin, x_r * sin + x_i * cos), dim=-1)
        x_embed = x_rotated.flatten(-2).to(x.dtype)
        return x_embed

    def forward(self, q, k, indices):
        cos, sin = (t.reshape(*indices.shape[:-1], -1) for t in self._phases(indices.reshape(-1)))
        if self.pad:
            cos = torch.cat([cos, torch.ones(*cos.shape[:-1], self.pad)], dim=-1)
            sin = torch.cat([sin, torch.zeros(*sin.shape[:-1], self.pad)], dim=-1)
        return self._rotate(q, cos, sin), self._rotate(k, cos, sin)


class VoxelAttention(nn.Module):
    def __init__(self, width, heads):
        super(VoxelAttention, self).__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.rope = RotaryPositionEmbedder(width)

    def forward(self, feats, coords):
        q, k, v = self.qkv(feats).chunk(3, -1)
        q, k = self.rope(q, k, coords.float())
        shape = (*feats.shape[:-1], self.heads, -1)
        q, k, v = (t.view(shape).transpose(-2, -3) for t in (q, k, v))
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(-2, -3).flatten(-2))


def occupancy(coords, side):
    grid = np.zeros((side,) * 3, dtype=bool)
    grid[tuple(np.asarray(coords).T)] = True
    return grid


def steer(angles, taps):
    """Beam former: complex weights are what the caller multiplies the antennas with."""
    delay = torch.outer(torch.sin(angles), torch.arange(taps).float())
    w = torch.polar(torch.ones_like(delay), torch.pi * delay)
    return w / taps
