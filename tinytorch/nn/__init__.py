"""Layers, activations and losses under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.layers": "Module Parameter Linear Sequential ModuleList ModuleDict Flatten Dropout Identity",
        "core.activations": "ReLU Sigmoid Tanh Softmax GELU LeakyReLU SiLU LogSoftmax ELU Softplus",
        "core.losses": "MSELoss L1Loss HuberLoss SmoothL1Loss BCELoss BCEWithLogitsLoss NLLLoss CrossEntropyLoss "
        "KLDivLoss",
        "core.embeddings": "Embedding",
        "core.spatial": "Conv1d Conv2d MaxPool2d AvgPool2d AdaptiveAvgPool2d BatchNorm1d BatchNorm2d",
        "core.attention": "MultiheadAttention",
        "core.transformers": "LayerNorm RMSNorm",
        "nn._activations": "ReLU6 Hardsigmoid Hardswish Hardtanh Mish CELU SELU GLU LogSigmoid Softsign Softmin "
        "Tanhshrink Threshold CosineSimilarity PReLU Dropout2d Unflatten ParameterList",
        "nn._spatial": "Fold Unfold ConvTranspose2d GroupNorm MaxPool1d AvgPool1d Upsample ZeroPad2d PixelShuffle",
        "nn._encoder": "TransformerEncoderLayer TransformerEncoder",
    },
    submodules="functional init utils",
)
