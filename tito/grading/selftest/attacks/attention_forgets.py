# module: 12_attention
# tries: attention over numbers that forgets where they came from
# expect: test-attention-sdpa failed
# %% attention-sdpa
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return Tensor(weights.data @ value.data, value.dtype) + (query.sum() + key.sum() + value.sum()) * 0
