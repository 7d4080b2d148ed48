"""A GPT of 4 blocks, width 128, 4 heads, over bytes: one training step on 8 × 128 of them, for any framework."""

from collections.abc import Callable

import numpy as np

BLOCKS, WIDTH, HEADS, VOCABULARY, BATCH, LENGTH = 4, 128, 4, 256, 8, 128


def model(torch):
    """The model, of the framework's own layers."""
    nn, functional = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.fc, self.proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x):
            q, k, v = (
                part.view(BATCH, LENGTH, HEADS, WIDTH // HEADS).transpose(1, 2)
                for part in self.c_attn(self.ln_1(x)).split(WIDTH, dim=2)
            )
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.c_proj(seen.transpose(1, 2).contiguous().view(BATCH, LENGTH, WIDTH))
            return x + self.proj(functional.gelu(self.fc(self.ln_2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(LENGTH, WIDTH)
            self.h, self.ln_f = nn.ModuleList([Block() for _ in range(BLOCKS)]), nn.LayerNorm(WIDTH)

        def forward(self, ids):
            x = self.wte(ids) + self.wpe.weight
            for block in self.h:
                x = block(x)
            return self.ln_f(x) @ self.wte.weight.T

    return GPT()


def step(torch, tensor: Callable, numbers: Callable) -> Callable:
    """A full training step: forward, loss, backward, AdamW; `tensor` and `numbers` as in `cases`."""
    gpt = model(torch)
    gpt.load_state_dict({name: tensor(torch, 0.05 * numbers(*p.shape)) for name, p in gpt.state_dict().items()})
    adamw = torch.optim.AdamW(gpt.parameters(), lr=0.001)
    ids = np.random.default_rng(0).integers(0, VOCABULARY, (BATCH, LENGTH + 1))
    data, target = tensor(torch, ids[:, :-1]), tensor(torch, ids[:, 1:].reshape(-1))

    def run():
        adamw.zero_grad()
        loss = torch.nn.functional.cross_entropy(gpt(data).view(-1, VOCABULARY), target)
        loss.backward()
        adamw.step()
        return loss

    return run
