import torch
import torch.nn as nn
import torch.nn.functional as F

ALPHABET = "ACDEFGHIKLMNPQRSTVWY-X<>"


class Tokens:
    def __init__(self):
        self.index = {c: i for i, c in enumerate(ALPHABET)}

    def __call__(self, seqs):
        n = max(map(len, seqs)) + 2
        out = torch.full((len(seqs), n), self.index["-"])
        for i, s in enumerate(seqs):
            row = "<" + s + ">"
            out[i, : len(row)] = torch.tensor([self.index.get(c, self.index["X"]) for c in row])
        return out


class ResidueRope(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def cis(self, position):
        inv = 10000 ** (-torch.arange(0, self.dim, 2, device=position.device).float() / self.dim)
        angle = position[..., None].float() * inv
        return angle.cos(), angle.sin()

    def forward(self, q, k, position):
        # chains restart, so the angles are per row
        cos, sin = (t.unsqueeze(1) for t in self.cis(position))
        q_r, q_i = q.float().reshape(*q.shape[:-1], -1, 2).unbind(-1)
        k_r, k_i = k.float().reshape(*k.shape[:-1], -1, 2).unbind(-1)
        qr = torch.stack((q_r * cos - q_i * sin, q_r * sin + q_i * cos), dim=-1).flatten(3)
        kr = torch.stack((k_r * cos - k_i * sin, k_r * sin + k_i * cos), dim=-1).flatten(3)
        return qr.type_as(q), kr.type_as(k)


class Layer(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 8 * d // 3 * 2), nn.Linear(8 * d // 3, d)
        self.rope = ResidueRope(d // h)

    def forward(self, x, position, mask):
        b, n, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, n, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        q, k = self.rope(q, k, position)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
        x = x + self.o(y.transpose(1, 2).reshape(b, n, d))
        a, g = self.up(self.n2(x)).chunk(2, -1)
        return x + self.down(a * F.silu(g))


class ProteinLM(nn.Module):
    def __init__(self, d=192, h=6, depth=4):
        super().__init__()
        self.emb = nn.Embedding(len(ALPHABET), d)
        self.layers = nn.ModuleList(Layer(d, h) for _ in range(depth))

    def forward(self, ids, position, mask):
        x = self.emb(ids)
        for layer in self.layers:
            x = layer(x, position, mask)
        return x @ self.emb.weight.T


def dihedral(points):
    """Angles as unit complex numbers, for losses."""
    a, b, c = (points[..., i + 1, :] - points[..., i, :] for i in range(3))
    n1, n2 = torch.linalg.cross(a, b), torch.linalg.cross(b, c)
    y = (torch.linalg.cross(n1, n2) * F.normalize(b, dim=-1)).sum(-1)
    z = torch.complex((n1 * n2).sum(-1), y)
    return torch.view_as_real(z / z.abs().clamp(min=1e-8))
