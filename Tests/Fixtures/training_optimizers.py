"""Optimisers that torch has not, from their papers."""

import torch


class AdamSPD(torch.optim.Adam):
    """Adam with selective projection decay (Tian et al. 2024): where the gradient leads back to the origin and the step away
    from it, a part of the way is taken back."""

    def __init__(self, groups, origins, **options):
        """origins: by id of a parameter."""
        self.origins = origins
        self.strengths = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
        super().__init__([group | {"weight_decay": 0} for group in groups], **options)

    @torch.no_grad()
    def step(self):
        before = {p: p.clone() for group in self.param_groups for p in group["params"]}
        super().step()
        for p, old in before.items():
            origin, strength = self.origins[id(p)], self.strengths[id(p)]
            if (p.grad * (old - origin)).sum() > 0:
                now, then = (p - origin).norm(), (old - origin).norm()
                ratio = ((now - then) / now).clamp(0, 1) if now > 0 else 0
                p -= strength * ratio * (p - origin)
