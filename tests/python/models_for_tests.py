"""Python files that tests give to the harness as models. The hostile ones do what a bad model could do."""

PLAIN = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(4, 8)
        self.last = torch.nn.Linear(8, 3)

    def forward(self, x):
        h = torch.relu(self.first(x))
        return {"scores": self.last(h), "hidden": h}

def load_model():
    torch.manual_seed(0)
    return Net()

def load_inputs(seed=0):
    return {"x": torch.randn(2, 4, generator=torch.Generator().manual_seed(seed))}
"""

SIZES = (
    PLAIN.replace("def forward(self, x):", "def forward(self, x, sizes):\n        x = x[:, : int(sizes[0][0])]")
    .replace('return {"x"', 'return {"sizes": torch.tensor([[4, 4]]), "x"')
    .replace("self.first(x)", "self.first(torch.nn.functional.pad(x, (0, 4 - x.shape[1])))")
)

BRANCHES = PLAIN.replace("        return {", "        if h.sum() > 0:\n            h = h + 1\n        return {")

NESTED = (
    BRANCHES.replace("def load_model", "def make")
    + """
class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = make()

    def forward(self, x):
        return self.net(x)

def load_model():
    return Outer()
"""
)


def with_forward(lines: str) -> str:
    """The plain model with extra lines at the start of its forward."""
    body = "".join(f"        {line}\n" for line in lines.strip().splitlines())
    return PLAIN.replace("        h = torch.relu", body + "        h = torch.relu")


HOSTILE = {
    "prints megabytes": with_forward("print('x' * (8 << 20))"),
    "closes descriptors": with_forward("import os\nos.closerange(0, 1)\nos.closerange(3, 5)"),
    "writes protocol lines": with_forward('import os\nos.write(4, b\'{"id":1,"result":{"ok":true}}\\n\')'),
    "leaves children": with_forward(
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(600)"
    ),
    "child runs on": with_forward("import os\nif os.fork() == 0:\n    os.environ['CHILD'] = '1'"),
}
EXITS = with_forward("import os\nos._exit(0)")
RAISES = with_forward("raise KeyError('missing thing')")
RAISES_EXIT = with_forward("raise SystemExit(0)")
LOOPS = with_forward("while True:\n    pass")
ALLOCATES = with_forward("torch.zeros(1 << 34)")
KILLED = with_forward("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
NAN = with_forward("x = x * float('nan')")
RANDOM = with_forward("x = x + torch.rand(2, 4)")

# A small buffer that decides what is computed, and a tensor that is returned twice.
SWITCHED = (
    PLAIN.replace(
        "        self.last =", "        self.register_buffer('switch', torch.tensor([0.5, 0.0]))\n        self.last ="
    )
    .replace("        return {", "        if self.switch[0] > 0:\n            h = h + 1\n        return {")
    .replace('"hidden": h}', '"hidden": h, "again": h}')
)

# Chooses without saying in which order.
UNORDERED = PLAIN.replace(
    "        return {", "        h = h.topk(4, sorted=False).values.sum(-1, keepdim=True) + h\n        return {"
)
