import torch
from torch import nn


class RankedMemory(nn.Module):
    """Slots attend to the input; the strongest slots are read first by a small recurrent reader."""

    def __init__(self, slots=5, width=8):
        super().__init__()
        self.slots = nn.Parameter(torch.randn(slots, width))
        self.key = nn.Linear(width, width, bias=False)
        self.reader = nn.GRUCell(width, width)
        self.out = nn.Linear(width, 2)

    def forward(self, query):
        attended = [torch.sigmoid(self.key(query) * slot) * slot for slot in self.slots]
        ordered = sorted(attended, key=lambda slot: slot.norm(), reverse=True)
        state = query
        for slot in ordered:
            state = self.reader(slot, state)
        return self.out(state)


def load_model():
    torch.manual_seed(1)
    return RankedMemory()


def load_inputs(seed=0):
    return {"query": torch.randn(1, 8, generator=torch.Generator().manual_seed(seed))}
