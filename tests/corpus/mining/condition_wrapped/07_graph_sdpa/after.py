import torch
import torch.nn as nn


class GraphLayer(nn.Module):
    def __init__(self, width, heads, attention_dropout=0.0, feature_dropout=0.0):
        super().__init__()
        self.heads, self.width = heads, width
        self.attention_dropout = attention_dropout
        self.features = nn.Dropout(feature_dropout)
        self.proj = nn.ModuleDict({k: nn.Linear(width, width) for k in "qkvo"})

    def heads_of(self, t):
        return t.reshape(*t.shape[:-1], self.heads, -1).transpose(-2, -3)

    def forward(self, x, adjacency):
        x = self.features(x)
        q, k, v = (self.heads_of(self.proj[n](x)) for n in "qkv")
        mask = adjacency.bool().unsqueeze(1)
        out = nn.functional.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=mask,
            dropout_p=self.attention_dropout if self.training else 0.,
        )
        return x + self.proj["o"](out.transpose(-2, -3).flatten(-2))


class EdgeDrop(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, adjacency):
        if self.training:
            keep = torch.rand_like(adjacency.float()) > self.p
            adjacency = adjacency * keep
        return adjacency


class GraphTransformer(nn.Module):
    def __init__(self, width=64, heads=4, depth=4, p=0.1):
        super().__init__()
        self.edge = EdgeDrop(p)
        self.layers = nn.ModuleList(GraphLayer(width, heads, p, p) for _ in range(depth))
        self.jump = nn.Linear(depth * width, width)

    def forward(self, x, adjacency):
        adjacency = self.edge(adjacency)
        outs = []
        for layer in self.layers:
            x = layer(x, adjacency)
            outs.append(x)
        return self.jump(torch.cat(outs, -1))


class VirtualNode(nn.Module):
    def __init__(self, width, heads, p):
        super().__init__()
        self.state, self.p = nn.Parameter(torch.zeros(1, 1, width)), p
        self.q, self.kv, self.heads = nn.Linear(width, width), nn.Linear(width, 2 * width), heads

    def forward(self, x):
        q = self.q(self.state.expand(len(x), -1, -1)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = self.kv(x).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(q, k, v, None, self.p if self.training else 0.)
        return y.transpose(1, 2).flatten(2)


def corrupt(x, p, seed):
    g = torch.Generator().manual_seed(seed)
    drop = torch.rand(x.shape, generator=g) < p
    return x.masked_fill(drop, 0)


def config_of(layer):
    return dict(heads=layer.heads, attention_dropout=layer.attention_dropout, features=layer.features.p)
