"""Models written for PyTorch, in the way that such files are written; the tests run them on tinytorch too.

A residual network, a classifier of sequences, and a variational autoencoder. Nothing in the file knows of tinytorch.
"""

import math
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split


def conv3x3(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    """A small residual network for images (N, 1, H, W)."""

    def __init__(self, layers=(1, 1), num_classes=10, width=8, group_norm=False, device=None, dtype=None):
        super().__init__()
        norm = (lambda planes: nn.GroupNorm(2, planes)) if group_norm else nn.BatchNorm2d
        self.inplanes, self._norm = width, norm
        self.stem = nn.Sequential(
            OrderedDict(
                [
                    ("conv", nn.Conv2d(1, width, 3, padding="same", bias=False, device=device, dtype=dtype)),
                    ("norm", norm(width)),
                    ("relu", nn.ReLU(True)),
                    ("pool", nn.MaxPool2d(kernel_size=3, stride=2, padding=1)),
                ]
            )
        )
        stages = [self._make_layer(width * 2**i, n, stride=1 + (i > 0)) for i, n in enumerate(layers)]
        self.stages = nn.Sequential(*stages)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.drop = nn.Dropout2d(0.1)
        self.fc = nn.Linear(width * 2 ** (len(layers) - 1), num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)

    def _make_layer(self, planes, blocks, stride):
        downsample = None
        if stride != 1 or self.inplanes != planes * BasicBlock.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes, kernel_size=1, stride=stride, bias=False), self._norm(planes)
            )
        layers = [BasicBlock(self.inplanes, planes, stride, downsample, self._norm)]
        self.inplanes = planes
        layers.extend(BasicBlock(planes, planes, norm_layer=self._norm) for _ in range(1, blocks))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.drop(self.stages(self.stem(x)))
        x = torch.flatten(self.avgpool(x), 1)
        return F.log_softmax(self.fc(x), dim=1)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=64):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return self.dropout(x + self.pe[:, : x.size(1)])


class Attention(nn.Module):
    """Additive pooling and dot products by einsum, with a mask."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.to_qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.query = nn.Parameter(torch.empty(dim))
        nn.init.normal_(self.query, std=0.5)

    def forward(self, x, mask):
        b, n, _ = x.shape
        q, k, v = (t.view(b, n, self.heads, -1).permute(0, 2, 1, 3) for t in self.to_qkv(x).chunk(3, dim=-1))
        dots = torch.einsum("bhid,bhjd->bhij", q, k) * self.scale
        dots = dots.masked_fill(~mask[:, None, None, :], -torch.finfo(dots.dtype).max)
        out = torch.einsum("bhij,bhjd->bhid", F.softmax(dots, dim=-1), v).transpose(1, 2).reshape(b, n, -1)
        scores = torch.einsum("bnd,d->bn", out, self.query).masked_fill(mask.logical_not(), float("-inf"))
        return torch.bmm(scores.softmax(dim=-1).unsqueeze(1), out).squeeze(1)


class SequenceClassifier(nn.Module):
    """Tokens (B, T), 0 is padding: an encoder, convolutions as in text classifiers, and attention that pools."""

    def __init__(self, vocab=20, dim=16, num_classes=3, heads=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.positions = PositionalEncoding(dim, 0.0)
        layer = nn.TransformerEncoderLayer(dim, heads, 32, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1, enable_nested_tensor=False)
        self.convs = nn.ModuleList([nn.Conv1d(dim, 4, k) for k in (2, 3)])
        self.attention = Attention(dim, heads)
        self.norm = nn.LayerNorm(dim + 8)
        self.head = nn.Sequential(self.norm, nn.Linear(dim + 8, dim), nn.SELU(), nn.Linear(dim, num_classes))

    def forward(self, ids):
        mask = ids != 0
        x = self.encoder(self.positions(self.embed(ids) * math.sqrt(16)), src_key_padding_mask=~mask)
        weights = mask.unsqueeze(-1).type_as(x)
        mean = (x * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        windows = [F.relu(conv((x * weights).transpose(1, 2)), inplace=True).max(dim=2)[0] for conv in self.convs]
        pooled = self.attention(x, mask) + F.normalize(mean, dim=-1)
        return self.head(torch.cat([pooled, *windows], 1))


class VAE(nn.Module):
    """A variational autoencoder of images (N, 1, 8, 8) in [0, 1], with transposed convolutions."""

    def __init__(self, latent=4, noise=True):
        super().__init__()
        self.noise = noise
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(8, 16, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
        )
        self.mu, self.logvar = nn.Linear(64, latent), nn.Linear(64, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, 64),
            nn.Unflatten(1, (16, 2, 2)),
            nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1),
            nn.Hardswish(),
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.ZeroPad2d(1),
            nn.Conv2d(8, 1, 3),
        )

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std if self.noise else mu

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        return torch.sigmoid(self.decoder(self.reparameterize(mu, logvar))), mu, logvar

    @staticmethod
    def loss(recon, x, mu, logvar):
        bce = F.binary_cross_entropy(recon.view(-1, 64), x.reshape(-1, 64), reduction="sum")
        return (bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())) / x.size(0)


def loss_of(model, x, y):
    """The training loss of each of the models above on a batch."""
    if isinstance(model, VAE):
        return VAE.loss(model(x)[0], x, *model(x)[1:])
    out = model(x)
    return F.nll_loss(out, y) if isinstance(model, ResNet) else F.cross_entropy(out, y, label_smoothing=0.1)


def evaluate(model, loader):
    """The share of examples that a classifier gets right."""
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for x, y in loader:
            pred = model(x).argmax(dim=1, keepdim=True)
            correct += pred.eq(y.view_as(pred)).sum().item()
            total += len(y)
    return correct / total


def train(model, x, y, epochs=5, lr=0.01, batch_size=32, seed=0):
    """The losses of the epochs, on a part of the data, and the share of the rest that is right at the end."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device)
    first, rest = random_split(TensorDataset(x, y), [0.8, 0.2])
    loader = DataLoader(first, batch_size=batch_size, shuffle=True, drop_last=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    losses = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device, dtype=torch.long)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(model, xb, yb)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            total += loss.item()
        scheduler.step()
        losses.append(total / len(loader))
    return losses, None if isinstance(model, VAE) else evaluate(model, DataLoader(rest, batch_size=64))


def odds_and_ends(x):
    """What else such files do, on floats (4, 6); plain lists."""
    a, b = x.unfold(1, 3, 2), torch.arange(6)
    rows, columns = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
    copied = x.new_zeros(4, 6)
    copied.add_(x).mul_(2).clamp_(-1, 1)
    averages = torch.zeros(4, 6)
    averages.mul_(0.9).add_(x, alpha=0.1).addcmul_(x, x, value=0.5).addcdiv_(x, x.abs() + 1, value=-2).lerp_(x, 0.25)
    classes = b[:4].unsqueeze(1)
    return {
        "remainder": (x % 0.7).tolist(),
        "even": ((b % 2 == 0) & (b // 3 == 1)).tolist(),
        "fmod": torch.fmod(x, 0.7).tolist(),
        "windows": a.tolist(),
        "unfold": F.unfold(x[None, None], (2, 3), padding=1, stride=2).tolist(),
        "fold": F.fold(F.unfold(x[None, None], 2), (4, 6), 2).tolist(),
        "std": [x.std().item(), x.std(False).item(), x.var(1, False).sum().item()],
        "std of columns": x.std(dim=0, unbiased=False).tolist(),
        "grid": torch.stack([rows, columns], -1).view(-1, 2).tolist(),
        "outer": torch.einsum("i,j->ij", x[0], x[1]).tolist(),
        "einsum": torch.einsum("ij,kj,k->i", x, x, x[:, 0]).tolist(),
        "inplace": copied.tolist(),
        "repeated": x[:2].repeat_interleave(2, dim=0).tile((1, 2)).tolist(),
        "moved": x.view(2, 2, 6).movedim(-1, 0).reshape(6, -1).t().tolist(),
        "rounded": torch.stack([x.floor(), x.ceil(), x.round(), x.trunc()]).tolist(),
        "pi": torch.pi,
        "averages": averages.tolist(),
        "alpha": (torch.add(x, x, alpha=2) - x.sub(b, alpha=0.5)).tolist(),
        "one hot": torch.zeros(4, 6).scatter_(1, classes, 1.0).scatter(1, classes + 1, x).tolist(),
        "norms": [x.norm().item(), torch.norm(x, p=1).item(), *x.norm(dim=1).tolist()],
        "unit": (x / x.norm(p=2, dim=-1, keepdim=True)).tolist(),
        "largest of two": torch.max(x, -x).sub(torch.min(x, torch.zeros(6))).tolist(),
        "places": (x > 0.5).nonzero().tolist(),
        "gathered": torch.gather(x, dim=1, index=classes).add(x.gather(dim=1, index=classes)).tolist(),
        "places in a row": torch.where(x[0] > 0)[0].tolist(),
        "cosine": torch.cosine_similarity(x[:2], x[2:]).add(nn.CosineSimilarity(dim=1)(x[:2], x[2:])).tolist(),
        "equal": torch.equal(x, +x) and not x.equal(x[0]),
        "old names": (torch.FloatTensor([1, 2]) + torch.LongTensor(2).fill_(3)).tolist(),
        "drawn": list(torch.normal(0.0, 1.0, size=(2, 3)).shape + torch.randint(4, size=(2,)).shape),
        "signs": copied.neg_().abs_().sqrt_().floor_().tanh_().sigmoid_().relu_().tolist(),
        "resized": [F.interpolate(x[None, None], (7, 3), mode=m, align_corners=c).tolist() for m, c in RESIZED],
    }


RESIZED = [("bilinear", True), ("bilinear", False), ("bicubic", True), ("bicubic", False)]
