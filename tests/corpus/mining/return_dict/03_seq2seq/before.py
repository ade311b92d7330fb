from dataclasses import dataclass
from typing import Optional, Tuple
import torch
from torch import Tensor, nn


@dataclass
class Seq2SeqOutput:
    logits: Tensor
    encoder_state: Optional[Tensor] = None

    def to_tuple(self) -> Tuple[Tensor, ...]:
        return tuple(v for v in vars(self).values() if v is not None)


class Side(nn.Module):
    def __init__(self, cfg, cross: bool):
        super().__init__()
        self.cfg = cfg
        make = nn.TransformerDecoderLayer if cross else nn.TransformerEncoderLayer
        self.layers = nn.ModuleList(make(cfg.d, cfg.heads, batch_first=True) for _ in range(cfg.depth))

    def forward(self, x, memory=None, *, return_tuple: Optional[bool] = None):
        for l in self.layers:
            x = l(x) if memory is None else l(x, memory)
        if return_tuple:
            return (x,)
        return Seq2SeqOutput(logits=x)


class Seq2Seq(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.emb = nn.Embedding(cfg.vocab, cfg.d)
        self.encoder, self.decoder = Side(cfg, False), Side(cfg, True)

    def encode(self, src: Tensor, return_tuple: bool = False):
        return self.encoder(self.emb(src), return_tuple=return_tuple)

    def forward(self, src: Tensor, tgt: Tensor, encoder_outputs=None, return_tuple: Optional[bool] = None):
        return_tuple = return_tuple if return_tuple is not None else self.cfg.use_return_tuple
        if encoder_outputs is None:
            encoder_outputs = self.encode(src, return_tuple=return_tuple)
        # someone may hand us a tuple while asking for the named output
        elif not return_tuple and isinstance(encoder_outputs, tuple):
            encoder_outputs = Seq2SeqOutput(*encoder_outputs)
        memory = encoder_outputs[0] if return_tuple else encoder_outputs.logits
        h = self.decoder(self.emb(tgt), memory, return_tuple=True)[0]
        logits = h @ self.emb.weight.t()
        if return_tuple:
            return logits, memory
        return Seq2SeqOutput(logits, memory)

    @torch.no_grad()
    def translate(self, src, bos, steps):
        enc = self.encode(src, return_tuple=True)
        out = torch.full((src.shape[0], 1), bos, device=src.device)
        for _ in range(steps):
            logits = self(src, out, enc, return_tuple=True)[0]
            out = torch.cat([out, logits[:, -1:].argmax(-1)], 1)
        return out


def as_pairs(seq, as_tuple=True):
    pairs = list(zip(seq, seq[1:]))
    return tuple(pairs) if as_tuple else pairs
