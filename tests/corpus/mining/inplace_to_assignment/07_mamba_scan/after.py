import torch
from torch import nn, Tensor


class SelectiveScan(nn.Module):
    def __init__(self, d_inner: int, d_state: int = 16, dt_rank: int = 8) -> None:
        super().__init__()
        a = torch.arange(1, d_state + 1).repeat(d_inner, 1).float()
        self.a_log = nn.Parameter(a.log())
        self.d = nn.Parameter(torch.ones(d_inner))
        self.x_proj = nn.Linear(d_inner, dt_rank + 2 * d_state, bias=False)
        self.dt_proj = nn.Linear(dt_rank, d_inner)
        self.split = (dt_rank, d_state, d_state)

    def forward(self, u: Tensor) -> Tensor:
        batch, length, width = u.shape
        dt, b, c = self.x_proj(u).split(self.split, dim=-1)
        dt = nn.functional.softplus(self.dt_proj(dt))
        a = self.a_log.exp().neg()
        decay = (dt[..., None] * a).exp()
        drive = dt[..., None] * b[:, :, None, :] * u[..., None]
        state = u.new_zeros(batch, width, a.shape[1])
        ys = []
        for t in range(length):
            state = state.mul(decay[:, t])
            state = state.add(drive[:, t])
            ys.append((state * c[:, t, None, :]).sum(-1))
        y = torch.stack(ys, dim=1)
        y = y.addcmul(u, self.d)
        return y


class MambaBlock(nn.Module):
    def __init__(self, dim: int, expand: int = 2, kernel: int = 4) -> None:
        super().__init__()
        inner = expand * dim
        self.norm = nn.LayerNorm(dim)
        self.in_proj = nn.Linear(dim, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, kernel, groups=inner, padding=kernel - 1)
        self.scan = SelectiveScan(inner)
        self.out_proj = nn.Linear(inner, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        u, z = self.in_proj(self.norm(x)).chunk(2, dim=-1)
        u = self.conv(u.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
        u = nn.functional.silu(u)
        y = self.scan(u)
        y = y.mul(nn.functional.silu(z))
        return x + self.out_proj(y)

    @torch.no_grad()
    def init_dt(self, lo: float = 1e-3, hi: float = 1e-1) -> None:
        bias = self.scan.dt_proj.bias
        dt = torch.rand_like(bias) * (hi - lo) + lo
        # inverse of softplus, written into the parameter itself
        bias.copy_(dt + torch.log(-torch.expm1(-dt)))
        self.out_proj.weight.mul_(0.5)


def count_states(block: MambaBlock) -> int:
    return block.scan.a_log.numel()
