# Graph features from structures; the chemistry package is not installed everywhere.
import collections
import torch
from torch import nn
from rdkit import Chem
from torch_scatter import scatter_add


Graph = collections.namedtuple("Graph", "atoms edges kinds")
ATOMS = ["H", "C", "N", "O", "F", "S", "Cl"]


def parse(smiles):
    if Chem is None:
        raise RuntimeError("parsing needs rdkit")
    mol = Chem.MolFromSmiles(smiles)
    atoms = [ATOMS.index(a.GetSymbol()) for a in mol.GetAtoms()]
    pairs = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondType())) for b in mol.GetBonds()]
    edges = torch.tensor([[i for i, j, _ in pairs] + [j for i, j, _ in pairs], [j for i, j, _ in pairs] + [i for i, j, _ in pairs]])
    return Graph(torch.tensor(atoms), edges, torch.tensor([k for *_, k in pairs] * 2))


def add_at(src, index, n):
    if scatter_add is not None:
        return scatter_add(src, index, dim=0, dim_size=n)
    return src.new_zeros(n, *src.shape[1:]).index_add(0, index, src)


class GIN(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.bond, self.eps = nn.Embedding(22, d), nn.Parameter(torch.zeros(()))
        self.net = nn.Sequential(nn.Linear(d, 2 * d), nn.ReLU(), nn.Linear(2 * d, d))

    @torch.compile
    def forward(self, h, edges, kinds):
        m = torch.relu(h[edges[0]] + self.bond(kinds))
        return self.net((1 + self.eps) * h + add_at(m, edges[1], len(h)))


class Net(nn.Module):
    def __init__(self, d=64, depth=3):
        super().__init__()
        self.atom = nn.Embedding(len(ATOMS), d)
        self.layers, self.out = nn.ModuleList(GIN(d) for _ in range(depth)), nn.Linear(d, 1)

    def forward(self, g):
        h = self.atom(g.atoms)
        for l in self.layers:
            h = h + l(h, g.edges, g.kinds)
        return self.out(h.sum(0))

    @torch.inference_mode()
    def score(self, smiles):
        return {s: self(parse(s)).item() for s in smiles}


def collate(graphs):
    n, atoms, edges, kinds = 0, [], [], []
    for g in graphs:
        atoms.append(g.atoms)
        edges.append(g.edges + n)
        kinds.append(g.kinds)
        n += len(g.atoms)
    return Graph(torch.cat(atoms), torch.cat(edges, 1), torch.cat(kinds))
