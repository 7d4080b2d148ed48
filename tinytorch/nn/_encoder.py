"""PyTorch's block of an encoder, over the attention of module 12 and the layer norm of module 13."""

import copy

from tinytorch.core.activations import gelu, relu
from tinytorch.core.attention import MultiheadAttention
from tinytorch.core.layers import Dropout, Linear, Module, ModuleList
from tinytorch.core.transformers import LayerNorm


class TransformerEncoderLayer(Module):
    """Attention, then two full layers, each with dropout, an addition, and a norm before it (norm_first) or after."""

    def __init__(
        self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation="relu", layer_norm_eps=1e-5,
        batch_first=False, norm_first=False, bias=True,
    ):  # fmt: skip
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias)
        self.norm_first = norm_first
        self.norm1, self.norm2 = (LayerNorm(d_model, eps=layer_norm_eps, bias=bias) for _ in range(2))
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        if isinstance(activation, str) and activation not in ("relu", "gelu"):
            raise RuntimeError(
                f"TransformerEncoderLayer: activation must be 'relu', 'gelu' or a function, got {activation!r}"
            )
        self.activation = (
            {"relu": relu, "gelu": gelu}.get(activation, activation) if isinstance(activation, str) else activation
        )

    def _attended(self, x, mask, padding):
        out, _ = self.self_attn(x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False)
        return self.dropout1(out)

    def _fed(self, x):
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        """src (T, B, d), or (B, T, d) if batch_first, in the same shape; masks as in MultiheadAttention."""
        masks = src_mask, src_key_padding_mask
        if self.norm_first:
            x = src + self._attended(self.norm1(src), *masks)
            return x + self._fed(self.norm2(x))
        x = self.norm1(src + self._attended(src, *masks))
        return self.norm2(x + self._fed(x))


class TransformerEncoder(Module):
    """num_layers copies of an encoder layer, one after another, and a norm at the end if one is given."""

    def __init__(self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True):
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        """src through all layers."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask)
        return src if self.norm is None else self.norm(src)
