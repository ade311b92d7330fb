import torch
import torch.nn.functional as F


class DepthRefiner(torch.nn.Module):
    def __init__(self, near=0.1, far=80.0, hidden=32):
        super().__init__()
        self.near, self.far = near, far
        self.net = torch.nn.Sequential(
            torch.nn.Conv2d(2, hidden, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Conv2d(hidden, 1, 3, padding=1),
        )

    def clean(self, depth):
        bad = torch.isnan(depth) | torch.isinf(depth)
        depth[bad] = self.far
        depth[depth < self.near] = self.near
        return depth

    def forward(self, depth, guide):
        depth = self.clean(depth)
        res = self.net(torch.cat([depth, guide], dim=1))
        out = depth + res
        holes = depth >= self.far
        filled = F.avg_pool2d(out, 5, stride=1, padding=2)
        out[holes] = filled[holes]
        return out


def fill_rows(volume, rows):
    """Host side: `rows` are integers, a scatter and not a select."""
    for i, r in enumerate(rows):
        volume[r] = i
    return volume


def stereo_volume(left, right, levels):
    b, c, h, w = left.shape
    vol = left.new_zeros(b, 2 * c, levels, h, w)
    for d in range(levels):
        vol[:, :c, d, :, d:] = left[..., d:]
        vol[:, c:, d, :, d:] = right[..., : w - d]
    return vol


def disparity_to_depth(disp, focal, baseline):
    depth = focal * baseline / disp
    invalid = disp <= 0
    depth[invalid] = 0.
    return depth


def consistency(left, right, tol=1.0):
    w = left.shape[-1]
    x = torch.arange(w, device=left.device).expand_as(left)
    src = (x - left).round().long()
    out = (src < 0) | (src >= w)
    src[out] = 0   # any column will do, masked below
    back = right.gather(-1, src)
    return ((left - back).abs() < tol) & ~out


def metrics(pred, truth):
    ok = truth > 0
    e = (pred[ok] - truth[ok]).abs()
    return {"mae": e.mean(), "rel": (e / truth[ok]).mean()}
