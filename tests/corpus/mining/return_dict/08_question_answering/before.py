# coding=utf-8
import torch
from torch import nn
from torch.nn import CrossEntropyLoss
from models.base import Base, QAOutput, ChoiceOutput


class ForQuestionAnswering(Base):
    def __init__(self, config):
        super().__init__(config)
        self.backbone = config.make()
        self.qa_outputs = nn.Linear(config.hidden_size, 2)

    def forward(self, input_ids=None, attention_mask=None, start=None, end=None, output_attentions=None, return_tuple=None):
        r"""
        start, end: positions of the answer, of shape (batch,)
        """
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        outputs = self.backbone(input_ids, attention_mask=attention_mask, output_attentions=output_attentions, return_tuple=return_tuple)
        start_logits, end_logits = self.qa_outputs(outputs[0]).unbind(-1)
        total_loss = None
        if start is not None and end is not None:
            ignored = start_logits.size(1)
            loss_fct = CrossEntropyLoss(ignore_index=ignored)
            total_loss = (loss_fct(start_logits, start.clamp(0, ignored)) + loss_fct(end_logits, end.clamp(0, ignored))) / 2
        if return_tuple:
            output = (start_logits, end_logits) + outputs[1:]
            return ((total_loss,) + output) if total_loss is not None else output
        return QAOutput(loss=total_loss, start_logits=start_logits, end_logits=end_logits, attentions=outputs.attentions)


class ForMultipleChoice(Base):
    def __init__(self, config):
        super().__init__(config)
        self.backbone = config.make()
        self.score = nn.Linear(config.hidden_size, 1)

    def forward(self, input_ids=None, attention_mask=None, labels=None, return_tuple=None):
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        n = input_ids.shape[1]
        ids = input_ids.flatten(0, 1)
        mask = attention_mask.flatten(0, 1) if attention_mask is not None else None
        outputs = self.backbone(ids, attention_mask=mask, return_tuple=return_tuple)
        logits = self.score(outputs[0][:, 0]).view(-1, n)
        loss = CrossEntropyLoss()(logits, labels) if labels is not None else None
        if not (return_tuple):
            return ChoiceOutput(loss=loss, logits=logits)
        output = (logits,) + outputs[1:]
        return ((loss,) + output) if loss is not None else output


def answers(tokenizer, ids, start_logits, end_logits, n=3, return_scores=False):
    table = (start_logits[:, None] + end_logits[None]).triu()
    flat = table.flatten().topk(n)
    spans = [divmod(i, table.shape[1]) for i in flat.indices.tolist()]
    text = [tokenizer.decode(ids[a : b + 1]) for a, b in spans]
    return list(zip(text, flat.values.tolist())) if return_scores else text


def pad_tuple(t: tuple, n):
    return t + (None,) * (n - len(t))
