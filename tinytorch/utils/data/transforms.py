"""Random variations of images, under torchvision's names where it has them."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.dataloader": "Compose Normalize RandomCrop RandomHorizontalFlip RandomNoise RandomRotation RandomShift "
        "Transformed",
    },
)
