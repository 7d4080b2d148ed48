"""Schedules of the learning rate under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.optimizers": "LRScheduler StepLR MultiStepLR ExponentialLR CosineAnnealingLR LinearLR OneCycleLR "
        "LambdaLR ReduceLROnPlateau"
    },
)
