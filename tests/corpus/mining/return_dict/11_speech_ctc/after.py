import math
import torch
from torch import nn
from speech.outputs import CTCOutput, EncoderOutput


class ConvFrontEnd(nn.Module):
    def __init__(self, dims=(64, 64, 64), kernels=(10, 3, 3), strides=(5, 2, 2)):
        super().__init__()
        cin = (1,) + tuple(dims[:-1])
        self.convs = nn.ModuleList(nn.Conv1d(a, b, k, s) for a, b, k, s in zip(cin, dims, kernels, strides))

    def forward(self, wave):
        x = wave[:, None]
        for conv in self.convs:
            x = nn.functional.gelu(conv(x))
        return x.transpose(1, 2)

    def lengths(self, n, return_all=False):
        out = []
        for conv in self.convs:
            n = (n - conv.kernel_size[0]) // conv.stride[0] + 1
            out.append(n)
        return out if return_all else n


class SpeechEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.front = ConvFrontEnd()
        self.body = nn.ModuleList([nn.TransformerEncoderLayer(64, 4, batch_first=True) for _ in range(config.layers)])

    def forward(self, wave, mask_time=None, return_dict=None):
        return_dict = return_dict if return_dict is not None else self.config.use_return_dict
        features = self.front(wave)
        x = features if mask_time is None else features * mask_time[..., None]
        for layer in self.body:
            x = layer(x)
        if not return_dict:
            return (x, features)
        return EncoderOutput(last_hidden_state=x, extract_features=features)


class ForCTC(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, self.encoder = config, SpeechEncoder(config)
        self.head = nn.Linear(64, config.vocab)

    def forward(self, wave, lengths=None, labels=None, label_lengths=None, return_dict=None):
        return_dict = return_dict if return_dict is not None else self.config.use_return_dict
        outputs = self.encoder(wave, return_dict=return_dict)
        logits = self.head(outputs[0])
        loss = None
        if labels is not None:
            logp = logits.log_softmax(-1).transpose(0, 1)
            loss = nn.functional.ctc_loss(logp, labels, self.encoder.front.lengths(lengths), label_lengths)
        if not return_dict:
            return (loss, logits) + outputs[1:] if loss is not None else (logits,) + outputs[1:]
        return CTCOutput(loss=loss, logits=logits)

    @classmethod
    def smallest(cls, config):
        n = math.prod((5, 2, 2))
        return cls(config)(torch.zeros(1, 40 * n), return_dict=False)[0].shape
