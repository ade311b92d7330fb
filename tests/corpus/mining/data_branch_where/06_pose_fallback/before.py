import torch
import torch.nn as nn


def so3_exp(w):
    theta = w.norm()
    k = torch.zeros(3, 3, dtype=w.dtype, device=w.device)
    k[0, 1], k[0, 2], k[1, 2] = -w[2], w[1], -w[0]
    k = k - k.T
    eye = torch.eye(3, dtype=w.dtype, device=w.device)
    if theta < 1e-6:
        r = eye + k
    else:
        r = eye + theta.sin() / theta * k + (1 - theta.cos()) / theta**2 * (k @ k)
    return r


def umeyama(a, b):
    ma, mb = a.mean(0), b.mean(0)
    u, s, vh = torch.linalg.svd((b - mb).T @ (a - ma))
    d = torch.ones(3, dtype=a.dtype, device=a.device)
    flip = torch.tensor([1.0, 1.0, -1.0], dtype=a.dtype, device=a.device)
    if torch.det(u @ vh) < 0:
        d = flip
    r = u @ torch.diag(d) @ vh
    return r, mb - r @ ma


class Tracker(nn.Module):
    def __init__(self, c=32):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(2, c, 7, 4), nn.ReLU(), nn.Conv2d(c, c, 5, 4), nn.ReLU())
        self.motion, self.score = nn.Linear(c, 6), nn.Linear(c, 1)

    def forward(self, prev, frame, pose):
        h = self.net(torch.cat([prev, frame], 1)).mean((2, 3))[0]
        m = self.motion(h)
        r, t = so3_exp(m[:3]), m[3:]
        moved = torch.cat([r @ pose[:, :3], (r @ pose[:, 3] + t)[:, None]], 1)
        good = self.score(h)[0]
        # keep the old pose when the frame is useless
        if good > 0:
            out = moved
        else:
            out = pose
        return out, good


class Smoother:
    """Runs on the host, with numbers."""

    def __init__(self, alpha=0.8):
        self.alpha, self.value = alpha, None

    def __call__(self, v):
        if self.value is None:
            self.value = v
        else:
            self.value = self.alpha * self.value + (1 - self.alpha) * v
        return self.value


def load(model, path, strict=True):
    state = torch.load(path, map_location="cpu")
    if "model" in state:
        state = state["model"]
    model.load_state_dict(state, strict=strict)
    return model


def quaternion(r):
    w = (1 + r.diagonal().sum()).clamp(min=1e-8).sqrt() / 2
    v = torch.stack([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]]) / (4 * w)
    return torch.cat([w[None], v])
