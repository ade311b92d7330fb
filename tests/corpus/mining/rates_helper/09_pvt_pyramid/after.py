import torch
import torch.nn as nn
from einops import rearrange

from ._drop import DropPath, calculate_drop_path_rates
from ._registry import build_from


class SRAttention(nn.Module):
    def __init__(self, dim, heads, sr):
        super().__init__()
        self.heads, self.sr = heads, sr
        self.q, self.kv, self.proj = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim), nn.Linear(dim, dim)
        if sr > 1:
            self.reduce = nn.Conv2d(dim, dim, sr, sr)
            self.norm = nn.LayerNorm(dim)

    def forward(self, x, hw):
        q = rearrange(self.q(x), 'b n (h d) -> b h n d', h=self.heads)
        if self.sr > 1:
            x = rearrange(x, 'b (h w) c -> b c h w', h=hw[0])
            x = self.norm(rearrange(self.reduce(x), 'b c h w -> b (h w) c'))
        k, v = rearrange(self.kv(x), 'b n (t h d) -> t b h n d', t=2, h=self.heads)
        o = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(rearrange(o, 'b h n d -> b n (h d)'))


class Block(nn.Module):
    def __init__(self, dim, heads, sr, dp):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = SRAttention(dim, heads, sr)
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.dp = DropPath(dp)

    def forward(self, x, hw):
        x = x + self.dp(self.attn(self.n1(x), hw))
        return x + self.dp(self.fc2(nn.functional.gelu(self.fc1(self.n2(x)))))


class Pyramid(nn.Module):
    def __init__(self, dims=(64, 128, 320, 512), heads=(1, 2, 5, 8), depths=(3, 4, 6, 3), sr=(8, 4, 2, 1), dpr=0.1):
        super().__init__()
        rates = calculate_drop_path_rates(dpr, sum(depths))
        cursor = 0
        self.embeds, self.stages = nn.ModuleList(), nn.ModuleList()
        for i, depth in enumerate(depths):
            cin = 3 if i == 0 else dims[i - 1]
            k = 7 if i == 0 else 3
            self.embeds.append(nn.Conv2d(cin, dims[i], k, 4 if i == 0 else 2, k // 2))
            self.stages.append(nn.ModuleList(
                Block(dims[i], heads[i], sr[i], rates[cursor + j]) for j in range(depth)))
            cursor += depth

    def forward(self, x):
        out = []
        for embed, stage in zip(self.embeds, self.stages):
            x = embed(x)
            hw = x.shape[2:]
            x = x.flatten(2).transpose(1, 2)
            for block in stage:
                x = block(x, hw)
            x = rearrange(x, 'b (h w) c -> b c h w', h=hw[0])
            out.append(x)
        return out


@torch.no_grad()
def report(losses):
    # losses is a dict of scalars
    return {k: v.item() for k, v in losses.items()}, [v.item() for v in losses.values()]


build_from(Pyramid)
