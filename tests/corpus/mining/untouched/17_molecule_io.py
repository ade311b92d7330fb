import gzip
import itertools
import logging
from pathlib import Path

logger = logging.getLogger(__name__)
MASS = {"H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999}


class Molecule:
    def __init__(self, name, atoms, bonds):
        self.name, self.atoms, self.bonds = name, atoms, bonds

    @property
    def mass(self):
        return sum(MASS[a] for a, *_ in self.atoms)

    @property
    def formula(self):
        kinds = sorted({a for a, *_ in self.atoms})
        count = {k: sum(a == k for a, *_ in self.atoms) for k in kinds}
        return "".join(f"{k}{count[k] if count[k] > 1 else ''}" for k in kinds)

    def neighbours(self):
        out = {i: [] for i in range(len(self.atoms))}
        for i, j, _ in self.bonds:
            out[i].append(j)
            out[j].append(i)
        return out


def read(path):
    path = Path(path)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as f:
        for n, block in enumerate(split(f, "$$$$")):
            try:
                yield parse(block)
            except ValueError as e:
                logger.warning("%s: record %d: %s", path.name, n, e)


def split(lines, mark):
    for stop, group in itertools.groupby(lines, key=lambda l: l.startswith(mark)):
        if not stop:
            yield list(group)


def parse(block):
    counts = block[3]
    n, m = int(counts[:3]), int(counts[3:6])
    atoms = []
    for line in block[4 : 4 + n]:
        x, y, z = (float(line[i : i + 10]) for i in (0, 10, 20))
        atoms.append((line[31:34].strip(), x, y, z))
    bonds = [(int(l[:3]) - 1, int(l[3:6]) - 1, int(l[6:9])) for l in block[4 + n : 4 + n + m]]
    return Molecule(block[0].strip(), atoms, bonds)


def write(molecules, path):
    template = "%s %s %8.3f\n"
    with open(path, "w") as f:
        f.writelines(template % (m.name, m.formula, m.mass) for m in molecules)
