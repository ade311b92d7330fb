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
        phases = torch.polar(torch.ones_like(phases), phases)
        return phases

    def _rotate(self, x, phases):
        x_complex = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
        x_rotated = x_complex * phases
        x_embed = torch.view_as_real(x_rotated).reshape(*x_rotated.shape[:-1], -1).to(x.dtype)
        return x_embed

    def forward(self, q, k, indices):
        phases = self._phases(indices.reshape(-1)).reshape(*indices.shape[:-1], -1)
        if self.pad:
            fill = torch.polar(torch.ones(*phases.shape[:-1], self.pad), torch.zeros(*phases.shape[:-1], self.pad))
            phases = torch.cat([phases, fill], dim=-1)
        return self._rotate(q, phases), self._rotate(k, phases)


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
