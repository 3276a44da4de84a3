"""The small network that both shipped models share: four halvings, then features on a grid of 16 x 16."""

import torch
from torch import nn

CHANNELS = (16, 32, 48, 64)
FEATURES = 64


def block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


def backbone() -> nn.Sequential:
    layers, inside = [], 1
    for outside in CHANNELS:
        layers += [block(inside, outside, 2)]
        inside = outside
    # Two wide looks: a finding is judged by what lies around it.
    layers += [block(inside, FEATURES, 1), block(FEATURES, FEATURES, 1), nn.Conv2d(FEATURES, FEATURES, 5, 1, 4, 2), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def seeded(seed: int) -> None:
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
