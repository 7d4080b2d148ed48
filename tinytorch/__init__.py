"""The framework that the course builds, under PyTorch's names.

Nothing is imported before it is asked for: `import tinytorch` works from the first day, and a name
that is not built yet says which module builds it.
"""

from tinytorch import _faces, _memory

_memory.keep_large_blocks()
__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.tensor": "Tensor tensor zeros ones full eye arange linspace rand randn randint zeros_like ones_like "
        "full_like rand_like randn_like manual_seed add sub mul div pow neg matmul exp log sqrt abs sign sin cos tanh "
        "erf maximum minimum clamp clip where eq ne lt le gt ge sum mean var std max min amax amin prod argmax argmin "
        "cumsum any all numel reshape transpose permute squeeze unsqueeze flatten broadcast_shapes cat stack split "
        "chunk flip roll narrow tril triu masked_fill gather topk sort argsort",
        "_idiom": "device Generator from_numpy as_tensor is_tensor empty empty_like clone square rsqrt isfinite isnan "
        "logical_not allclose unbind equal norm nonzero normal Size FloatTensor DoubleTensor LongTensor compile",
        "_einsum": "einsum",
        "_operations": "remainder fmod floor_divide floor ceil round trunc reciprocal log2 log10 lerp isinf "
        "bitwise_and bitwise_or bitwise_xor bitwise_not logical_and logical_or logical_xor mm bmm mv dot outer addmm "
        "baddbmm movedim unflatten ravel index_select masked_select repeat_interleave broadcast_to hstack vstack "
        "addcmul addcdiv scatter inference_mode meshgrid randperm bernoulli concat swapaxes tile",
        "core.activations": "relu sigmoid softmax log_softmax log1p expm1",
        "core.layers": "dropout",
        "core.losses": "logsumexp",
        "core.autograd": "no_grad enable_grad set_grad_enabled is_grad_enabled detach",
        "core.training": "save load",
        "core.transformers": "multinomial layer_norm rms_norm",
        "nn._activations": "cosine_similarity",
        "dtypes": "pi inf nan finfo iinfo "
        "dtype float16 half float32 float float64 double int8 int16 short int32 int int64 long uint8 bool",
    },
    submodules="autograd backends core cuda nn optim testing utils",
)
