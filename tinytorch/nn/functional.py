"""The functions behind the layers and losses, under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.tensor": "tanh",
        "core.activations": "relu sigmoid softmax gelu leaky_relu silu log_softmax elu softplus",
        "core.layers": "linear dropout",
        "core.losses": "mse_loss l1_loss huber_loss smooth_l1_loss binary_cross_entropy "
        "binary_cross_entropy_with_logits nll_loss cross_entropy kl_div",
        "core.embeddings": "embedding one_hot",
        "core.spatial": "conv1d conv2d max_pool2d avg_pool2d adaptive_avg_pool2d batch_norm pad",
        "core.attention": "scaled_dot_product_attention",
        "core.transformers": "layer_norm rms_norm",
        "nn._activations": "relu6 hardsigmoid hardswish hardtanh mish celu selu glu logsigmoid softsign softmin "
        "tanhshrink threshold prelu normalize cosine_similarity dropout2d",
        "nn._spatial": "fold unfold conv_transpose2d group_norm max_pool1d avg_pool1d interpolate pixel_shuffle",
    },
)
