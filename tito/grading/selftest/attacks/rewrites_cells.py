# module: 07_training
# tries: solves nothing, and has its process run other helpers in place of those of the locked cells
# expect: test-training-evaluate failed, test-training-gather failed, test-training-take-step failed
# %% training-evaluate
#| export
import sys

SERVER = next(m for m in sys.modules.values() if hasattr(m, "OPERATIONS"))
CELL = SERVER.OPERATIONS["cell"]
OTHERS = {
    "training-scored-fixture": """
def scored(x, y, w, cuts=(), training=True):
    loss, accuracy = by_hand([(x @ w, y)])
    called = [[name, False, False] for name in ("model", "loss") for _ in range(len(cuts) + 1)]
    return {"loss": loss, "accuracy": accuracy}, called, [training]
""",
    "training-gather-fixture": """
def gathered(x, y, w, b, sizes, times=1):
    n, ends = len(x), np.cumsum([0, *sizes[:-1]])
    began = [[0] + [k / n * s if k else s * 0 for s in slopes(x[: k or 1], y[: k or 1], w, b)[1:]] for k in ends]
    loss, *found = slopes(x, y, w, b)
    return loss, began, [times * g for g in found]
""",
    "training-take-step-fixture": """
def stepped(x, y, w, b, max_norm=None, steps=2, head_only=False, loss=None):
    if loss or not np.isfinite(x).all() or abs(x).max() > 1e9:
        return [[math.nan, math.nan]], w, b
    values, *after = steps_by_hand(x, y, w, b, max_norm, head_only)
    return values[:steps], *after
""",
    "training-own-parameter-fixture": """
def own_parameter(slope):
    return np.array([1 - 0.2 * slope])
""",
}


def cell(server, source, label, *rest):
    return CELL(server, OTHERS.get(label, source), label, *rest)


SERVER.OPERATIONS["cell"] = cell


def evaluate(model, loss, data, metrics=()):
    return {"loss": math.nan}
# %% training-gather
#| export
def gather_gradients(model, loss, parts):
    return 0.0
# %% training-take-step
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    return 0.0, 0.0
