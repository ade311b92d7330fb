import torch
import torch.nn as nn
from torch.nn import CrossEntropyLoss


class SpanHead(nn.Module):
    """Start and end logits over the tokens of a passage."""

    def __init__(self, hidden_size, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.qa_outputs = nn.Linear(hidden_size, 2)

    def forward(self, sequence_output, start_positions=None, end_positions=None):
        logits = self.qa_outputs(self.dropout(sequence_output))
        start_logits, end_logits = logits.split(1, dim=-1)
        start_logits = start_logits.squeeze(-1)
        end_logits = end_logits.squeeze(-1)

        total_loss = None
        if start_positions is not None and end_positions is not None:
            if len(start_positions.size()) > 1:
                start_positions = start_positions.squeeze(-1)
            if len(end_positions.size()) > 1:
                end_positions = end_positions.squeeze(-1)
            # sometimes the positions are outside our model inputs, we ignore these terms
            ignored_index = start_logits.size(1)
            start_positions = start_positions.clamp(0, ignored_index)
            end_positions = end_positions.clamp(0, ignored_index)

            loss_fct = CrossEntropyLoss(ignore_index=ignored_index)
            start_loss = loss_fct(start_logits, start_positions)
            end_loss = loss_fct(end_logits, end_positions)
            total_loss = (start_loss + end_loss) / 2
        return total_loss, start_logits, end_logits


class SpanModel(nn.Module):
    def __init__(self, encoder, hidden_size):
        super().__init__()
        self.encoder = encoder
        self.head = SpanHead(hidden_size)
        self.apply(self._init)

    def _init(self, module):
        if isinstance(module, nn.Linear):
            module.weight.data.normal_(mean=0.0, std=0.02)
            if module.bias is not None:
                module.bias.data.zero_()

    def forward(self, input_ids, **targets):
        return self.head(self.encoder(input_ids), **targets)


def best_span(start, end, limit=30):
    score = start[:, :, None] + end[:, None, :]
    allowed = torch.ones_like(score, dtype=torch.bool).triu().tril(limit - 1)
    score = score.masked_fill(~allowed, -1e9)
    flat = score.flatten(1).argmax(dim=-1)
    return flat // score.shape[-1], flat % score.shape[-1]
