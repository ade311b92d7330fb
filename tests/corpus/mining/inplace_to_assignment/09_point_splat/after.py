import torch


def project(points, k, rt):
    cam = points @ rt[:, :3, :3].transpose(1, 2) + rt[:, None, :3, 3]
    depth = cam[..., 2:]
    depth = depth.clamp(min=1e-3)
    uv = cam[..., :2] / depth
    return uv * k[:, None, [0, 1], [0, 1]] + k[:, None, :2, 2], depth.squeeze(-1)


def splat(uv, depth, color, height, width):
    """Nearest point wins; softly, so that gradients reach all of them."""
    b, n, c = color.shape
    x, y = uv.round().long().unbind(-1)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    cell = y * width + x
    cell = cell.masked_fill(~inside, height * width)
    weight = torch.exp(-depth)
    weight = weight.mul(inside)
    canvas = color.new_zeros(b, height * width + 1, c)
    total = color.new_zeros(b, height * width + 1)
    canvas = canvas.scatter_add(1, cell[..., None].expand(-1, -1, c), color * weight[..., None])
    total = total.scatter_add(1, cell, weight)
    total = total.clamp(min=1e-6)
    image = (canvas / total[..., None])[:, :-1]
    return image.view(b, height, width, c)


class Rasterizer(torch.nn.Module):
    def __init__(self, height, width, background=(1.0, 1.0, 1.0)):
        super().__init__()
        self.height, self.width = height, width
        self.register_buffer("background", torch.tensor(background))

    def forward(self, points, color, k, rt):
        uv, depth = project(points, k, rt)
        image = splat(uv, depth, color, self.height, self.width)
        empty = image.sum(-1, keepdim=True) == 0
        return torch.where(empty, self.background, image)


class PointCloud:
    def __init__(self, xyz, rgb):
        self.xyz, self.rgb = xyz, rgb

    def clamp_(self, low, high):
        keep = ((self.xyz > low) & (self.xyz < high)).all(-1)
        self.xyz, self.rgb = self.xyz[keep], self.rgb[keep]
        return self

    def centred(self):
        self.xyz = self.xyz - self.xyz.mean(0)
        return self


def load(path, radius=3.0):
    raw = torch.load(path)
    cloud = PointCloud(raw["xyz"], raw["rgb"]).centred()
    # drops points, this is not the tensor method
    cloud.clamp_(-radius, radius)
    return cloud


def psnr(a, b):
    mse = (a - b).pow(2).mean()
    return -10 * torch.log10(mse.clamp(min=1e-10))
