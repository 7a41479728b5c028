"""Losses of fine-tuning in PyTorch, from the papers and their code: FLYP's, R-Adapter's, and what CaRot, Lipsum-FT and
CAR-FT add to a loss."""

import torch
import torch.nn.functional as F


def contrastive(tables, labels, objective, scale):
    """CLIP's loss. tables: similarities times the factor, of images to captions and of captions to images.

    With positives "class" all captions of a class are an image's, with a margin on the others and smoothed labels, as
    R-Adapter has it.
    """
    count = len(labels)
    same = labels[:, None] == labels if objective["positives"] == "class" else torch.eye(count, dtype=bool)
    smoothing = objective["label_smoothing"]
    others = count - same.sum(1, keepdim=True)
    shares = torch.where(same, (1 - smoothing) / same.sum(1, keepdim=True), smoothing / others)
    margins = scale * objective["negative_margin"] * ~same
    return sum(F.cross_entropy(table + margins, shares.to(table.dtype)) for table in tables) / 2


def penalties(objective, model, start, weights, embeddings, before, texts, step):
    """What is added to a loss. before: gives the embeddings of the model as it began."""
    total = torch.zeros((), dtype=embeddings.dtype)
    projection = weights["visual.proj"]
    if objective["orthogonality"]:
        gram = projection.T @ projection
        total = total + objective["orthogonality"] * torch.linalg.norm(gram - torch.eye(len(gram), dtype=gram.dtype))
    if objective["projection_product"]:
        total = total + objective["projection_product"] * torch.linalg.norm(projection @ weights["text_projection"].T)
    scale = start["logit_scale"].exp()
    if objective["random_text_energy"]:
        with torch.no_grad():
            random = model.texts(start, torch.tensor(texts["random_texts"][step]))
        change = scale * (embeddings - before()) @ random.T
        total = total + objective["random_text_energy"] * (change.square().sum(-1) / (2 * len(random))).mean()
    if objective["context_divergence"]:
        with torch.no_grad():
            contexts = F.normalize(torch.stack([
                model.texts(start, torch.tensor(prompts)).mean(0) for prompts in texts["prompts"]]), dim=-1)
        now, then = (F.log_softmax(scale * e @ contexts.T, -1) for e in (embeddings, before()))
        total = total + objective["context_divergence"] * F.kl_div(now, then, log_target=True, reduction="batchmean")
    return total
