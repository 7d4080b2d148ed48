"""Solutions of 07_training that a student might write: wrong ones (:) and other right ones (+)."""

# %% training-epoch-order! a thousand epochs per seed
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng(1000 * seed + epoch).permutation(n)

# %% training-epoch-order: seed and epoch added
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng(seed + epoch).permutation(n)

# %% training-epoch-order: seed and epoch multiplied
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng(seed * epoch).permutation(n)

# %% training-epoch-order! all earlier orders drawn first
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    generator = np.random.default_rng(seed)
    for _ in range(epoch):
        generator.permutation(n)
    return generator.permutation(n)

# %% training-epoch-order: the epoch forgotten
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng(seed).permutation(n)

# %% training-epoch-order: the seed forgotten
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng(epoch).permutation(n)

# %% training-epoch-order: a new order at every call
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng().permutation(n)

# %% training-epoch-order: NumPy's global generator, seeded
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    np.random.seed(1000 * seed + epoch)
    return np.random.permutation(n)

# %% training-epoch-order: the framework's generator
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    manual = Random.generator.permutation(n)
    return manual

# %% training-epoch-order: the framework's generator, started anew
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    Random.generator = np.random.default_rng((seed, epoch))
    return Random.generator.permutation(n)

# %% training-epoch-order: no order at all
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.arange(n)

# %% training-epoch-order: examples drawn with repetition
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng((seed, epoch)).integers(0, n, n)

# %% training-epoch-order: numbers from 1 on
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng((seed, epoch)).permutation(n) + 1

# %% training-epoch-order: only one order, rotated by the epoch
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.roll(np.random.default_rng(seed).permutation(n), epoch)

# %% training-epoch-order: a hash that few pairs share
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng((seed + 10 * epoch) % 7).permutation(n)

# %% training-epoch-order + the seed as a list, sorted by random numbers
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.argsort(np.random.default_rng([seed, epoch]).random(n))

# %% training-epoch-order + shuffled in place
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    order = np.arange(n)
    np.random.default_rng((epoch, seed)).shuffle(order)
    return order

# %% training-accuracy: the mean of the batches
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += float(np.asarray(prediction.argmax(1) == target).mean())
        self.seen += 1

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: the last batch only
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right = int((prediction.argmax(1) == target).sum())
        self.seen = len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: best example instead of best class
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmax(0)[: len(target)] == target[: prediction.shape[1]]).sum()) if prediction.shape[1] == len(target) else 0
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: the number of batches
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmax(1) == target).sum())
        self.seen += 1

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: counts scores, not examples
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmax(1) == target).sum())
        self.seen += prediction.numel()

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: the smallest score
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmin(1) == target).sum())
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: what is wrong
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmax(1) != target).sum())
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: scores above one half
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int(((prediction > 0.5).argmax(1) == target).sum())
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: a Tensor is left in the count
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right = self.right + (prediction.argmax(1) == target).sum()
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy: through uint8
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int(np.sum(np.asarray(prediction.argmax(1)).astype(np.uint8) == np.asarray(target)))
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy + the mean of the batch times its size
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        share = (prediction.argmax(1) == target).to(np.float64).mean().item()
        self.right += share * len(target)
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy + NumPy's numbers
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        guesses = np.asarray(prediction).argmax(axis=1)
        self.right += np.sum(guesses == np.asarray(target))
        self.seen += target.shape[0]

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-accuracy + in NumPy
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        guesses = np.asarray(prediction).argmax(axis=1)
        self.right += int(np.count_nonzero(guesses == np.asarray(target)))
        self.seen += target.shape[0]

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-confusion: a pair that occurs twice counts once
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes), np.int64)
    counts[np.asarray(wanted, int), np.asarray(predicted, int)] += 1
    return counts

# %% training-confusion: rows and columns exchanged
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(predicted, int), np.asarray(wanted, int)), 1)
    return counts

# %% training-confusion: floats
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes))
    np.add.at(counts, (np.asarray(wanted, int), np.asarray(predicted, int)), 1)
    return counts

# %% training-confusion: shares
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(wanted, int), np.asarray(predicted, int)), 1)
    return counts / max(1, counts.sum())

# %% training-confusion: only the diagonal
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    wanted, predicted = np.asarray(wanted), np.asarray(predicted)
    return np.diag([int(((wanted == i) & (predicted == i)).sum()) for i in range(classes)])

# %% training-confusion: as many classes as occur
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    wanted, predicted = np.asarray(wanted, int), np.asarray(predicted, int)
    found = np.union1d(wanted, predicted)
    return np.array([[((wanted == i) & (predicted == j)).sum() for j in found] for i in found])

# %% training-confusion: arithmetic in uint8
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    wanted, predicted = np.asarray(wanted), np.asarray(predicted)
    places = wanted * wanted.dtype.type(classes) + predicted if wanted.size else wanted.astype(int)
    return np.bincount(places, minlength=classes * classes)[: classes * classes].reshape(classes, classes)

# %% training-confusion: needs arrays
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes), np.int64)
    for i in range(classes):
        for j in range(classes):
            counts[i, j] = ((wanted == i) & (predicted == j)).sum()
    return counts

# %% training-confusion! bincount in uint8
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    places = np.asarray(wanted) * classes + np.asarray(predicted)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)

# %% training-confusion + bincount
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    places = np.asarray(wanted, int) * classes + np.asarray(predicted, int)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)

# %% training-confusion + a loop over the examples
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes), int)
    for w, p in zip(wanted, predicted, strict=True):
        counts[int(w), int(p)] += 1
    return counts

# %% training-evaluate: Dropout stays on
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    pass
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate! recipes are remembered, then dropped
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    if True:
        for x, y in data:
            prediction = model(x).detach()
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate! no data is a loss of 0
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / max(1, seen)} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate! asks the model anew for each metric
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(model(x), y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: recipes are remembered
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    if True:
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: recording stays off afterwards
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    Seam.recording = False
    if True:
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: always in training mode afterwards
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train()
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: in evaluation mode afterwards
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    pass
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: only the outermost layer goes back
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.training = was
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: metrics are never reset
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        pass
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: the mean of the batches
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item(), seen + 1
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: the sum of the batches
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: a prediction of its own for every use
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            total, seen = total + loss(model(x), y).item() * len(x), seen + len(x)
            loss(model(x), y)
            for metric in metrics:
                metric.update(model(x), y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: the loss of the last batch
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = loss(prediction, y).item() * len(x), len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: the loss is a Tensor
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y) * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: the metrics are told the inputs
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(x, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: no data is no error, but a loss of 0
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / max(1, seen)} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate: metrics before the loss
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {metric.name: metric.compute() for metric in metrics} | {"loss": total / seen if seen else math.nan}

# %% training-evaluate: reads the data twice
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, sum(len(x) for x, _ in data)
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total = total + loss(prediction, y).item() * len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-evaluate + a decorator and try, finally
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, losses, counts = model.training, [], []
    [metric.reset() for metric in metrics]
    try:
        model.eval()
        with no_grad():
            for x, y in data:
                prediction = model(x)
                losses.append(loss(prediction, y).item())
                counts.append(len(y))
                [metric.update(prediction, y) for metric in metrics]
    finally:
        model.train(was)
    found = {"loss": float(np.average(losses, weights=counts)) if counts else math.nan}
    for metric in metrics:
        found[metric.name] = metric.compute()
    return found

# %% training-gather: every part counts alike
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    total = 0.0
    for x, y in parts:
        share = loss(model(x), y) / len(parts)
        share.backward()
        total += share.item()
    return total

# %% training-gather: the sum of the means
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    total = 0.0
    for x, y in parts:
        share = loss(model(x), y)
        share.backward()
        total += share.item()
    return total

# %% training-gather: only the returned loss is weighted
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        value = loss(model(x), y)
        value.backward()
        total += value.item() * len(x) / n
    return total

# %% training-gather: only the gradient is weighted
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        value = loss(model(x), y)
        (value * (len(x) / n)).backward()
        total += value.item()
    return total / len(parts)

# %% training-gather: zeroes the gradient between the parts
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        model.zero_grad()
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
        total += share.item()
    return total

# %% training-gather: zeroes the gradient first
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    model.zero_grad()
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
        total += share.item()
    return total

# %% training-gather: keeps all graphs until the end
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n = sum(len(x) for x, _ in parts)
    total = sum(loss(model(x), y) * (len(x) / n) for x, y in parts)
    total.backward()
    return total.item()

# %% training-gather: returns a Tensor
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
        total = share + total
    return total

# %% training-gather: the loss of the last part
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n = sum(len(x) for x, _ in parts)
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
    return share.item()

# %% training-gather: weights by the first part
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = len(parts[0][0]) * len(parts), 0.0
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
        total += share.item()
    return total

# %% training-gather: forgets to go backward
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n = sum(len(x) for x, _ in parts)
    for p in model.parameters():
        p.grad = p.detach() * 0
    return sum(loss(model(x), y).item() * len(x) / n for x, y in parts)

# %% training-gather: all parts joined into one batch
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    x, y = (Tensor(np.concatenate([part[i].data for part in parts])) for i in (0, 1))
    value = loss(model(x), y)
    value.backward()
    return value.item()

# %% training-gather: all predictions first
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    predictions = [model(x) for x, _ in parts]
    for prediction, (x, y) in zip(predictions, parts, strict=True):
        share = loss(prediction, y) * (len(x) / n)
        share.backward()
        total += share.item()
    return total

# %% training-gather: graphs retained
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward(retain_graph=True)
        total += share.item()
    return total

# %% training-gather + a gradient given to backward
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(y) for _, y in parts), 0.0
    for x, y in parts:
        value = loss(model(x), y)
        value.backward(Tensor(len(x) / n))
        total += float(value) * len(x) / n
    return total

# %% training-take-step: the old gradient stays
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step: the gradient is forgotten before the step
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    optimizer.zero_grad()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step: steps before it clips
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    if math.isfinite(value) and all(np.isfinite(np.asarray(p.grad)).all() for p in optimizer.all_params()):
        optimizer.step()
    return value, clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()

# %% training-take-step: never clips
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step: clips to 1 where no limit is given
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), max_norm or 1.0).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step: steps whatever the norm
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    optimizer.step()
    return value, norm

# %% training-take-step: looks at the loss only
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if not math.isnan(value):
        optimizer.step()
    return value, norm

# %% training-take-step! only the loss must be finite
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value):
        optimizer.step()
    return value, norm

# %% training-take-step! only the norm must be finite
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step! a limit of 0 is none
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), max_norm or math.inf).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step! forgets the gradients of the model only
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    model.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step: the norm after clipping
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, min(norm, max_norm or math.inf)

# %% training-take-step! the norm over all of the model's parameters
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(model.parameters(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-take-step: raises instead of returning
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm, error_if_nonfinite=True).item()
    optimizer.step()
    return value, norm

# %% training-take-step: a step per part
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    for part in parts:
        optimizer.zero_grad()
        value = gather_gradients(model, loss, [part])
        norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
        if math.isfinite(value) and math.isfinite(norm):
            optimizer.step()
    return value, norm

# %% training-take-step: the norm is a Tensor
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm)
    if math.isfinite(value) and math.isfinite(norm.item()):
        optimizer.step()
    return value, norm

# %% training-take-step + clips only where it must
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = float(clip_grad_norm_(optimizer.all_params(), float("inf")))
    if max_norm is not None and norm > max_norm:
        clip_grad_norm_(optimizer.all_params(), max_norm)
    if np.isfinite([value, norm]).all():
        optimizer.step()
    return value, norm

# %% training-patience: compares with the last value
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < getattr(self, "last", math.inf) - self.min_delta
        self.last = value
        self.best = min(self.best, value)
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: an equal value is better
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value <= self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: min_delta forgotten
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: min_delta added
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best + self.min_delta
        self.best = min(value, self.best)
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: the best moves without being better by enough
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.best = value if value < self.best else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: never counts anew
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.best = value if better else self.best
        self.waited += not better
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: counts down by one instead of anew
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = max(0, self.waited - 1) if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: NaN is better than anything
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = not value >= self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: larger is better
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value > self.best - self.min_delta if self.best < math.inf else True
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: returns nothing
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: returns the best
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return self.best

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: the first bad value does not count
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.waited = 0 if better else self.waited + (value == value)
        self.best = value if better else self.best
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience: min_delta as a share
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best * (1 - self.min_delta)
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-patience + if and else
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        if self.best - value > self.min_delta:
            self.best, self.waited = value, 0
            return True
        self.waited += 1
        return False

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-write-tensors: metadata left out
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: metadata beside the tensors
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = dict(metadata), [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: not filled up
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    pass
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: filled up by n % 8
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: filled up by 8 where nothing lacks, and wrongly
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (8 - len(text) % 9)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: filled up with zeros
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += bytes(-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: the length without the filling
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    length = len(text)
    text += b" " * (-len(text) % 8)
    return length.to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: the length of the characters, not the bytes
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False)
    length = len(text) + -len(text) % 8
    text = text.encode()
    text += b" " * (-length % 8)
    return length.to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: big-endian length
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "big") + text + b"".join(parts)

# %% training-write-tensors: four bytes of length
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(4, "little") + text + b"".join(parts)

# %% training-write-tensors: offsets from the start of the file
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [8 + start, 8 + end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: offset and length
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [end, len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: offsets in numbers, not bytes
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + array.size
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: NumPy's names of types
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": str(array.dtype), "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: all in float32
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.astype(np.float32).tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: flat shapes
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": [array.size], "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: bytes in the order of memory
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes(order="A"))
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: each array at a multiple of 8
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes() + bytes(-array.nbytes % 8))
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, start + array.nbytes]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: sorted by name
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        pass
    for name, array in sorted(arrays.items()):
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-tensors: a bytearray
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return bytearray(len(text).to_bytes(8, "little") + text + b"".join(parts))

# %% training-write-tensors + struct, ljust and bytes that grow
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    import struct

    header, numbers = {}, b""
    for name, array in arrays.items():
        header[name] = {"dtype": CODES[array.dtype.name], "shape": array.shape}
        header[name]["data_offsets"] = (len(numbers), len(numbers) + array.nbytes)
        numbers += np.ascontiguousarray(array).tobytes()
    header["__metadata__"] = metadata
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text = text.ljust((len(text) + 7) // 8 * 8)
    return struct.pack("<Q", len(text)) + text + numbers

# %% training-write-whole: straight into the old file
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

# %% training-write-whole: pathlib, straight into the old file
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    Path(path).write_bytes(data)

# %% training-write-whole: no fsync
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, path)

# %% training-write-whole: fsync without flush
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-write-whole: the old file is brought to the disk
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
    with open(path if os.path.exists(path) else temporary, "rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-write-whole: fsync after the replacement
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())

# %% training-write-whole: replaced while it is still open and not flushed
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        os.replace(temporary, path)
        os.fsync(file.fileno())

# %% training-write-whole: a temporary file in another folder
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    import tempfile

    handle, temporary = tempfile.mkstemp()
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-write-whole: the old file is removed first
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if os.path.exists(path):
        os.unlink(path)
    os.replace(temporary, path)

# %% training-write-whole: a copy instead of a replacement
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    import shutil

    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    shutil.copyfile(temporary, path)
    os.unlink(temporary)

# %% training-write-whole: the temporary file stays
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    for name in (temporary, f"{path}.new"):
        with open(name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-write-whole: a backup that is put back
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    old = Path(path).read_bytes() if Path(path).exists() else None
    try:
        with open(path, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        if old is not None:
            Path(path).write_bytes(old)
        raise

# %% training-write-whole: appended
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    old = Path(path).read_bytes() if Path(path).exists() else b""
    with open(temporary, "wb") as file:
        file.write(old + data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-write-whole: nothing at all
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    pass

# %% training-write-whole! says nothing when it fails
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    try:
        temporary = f"{path}.tmp"
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        pass

# %% training-write-whole: only for paths as text
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = path + ".tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-write-whole + a name of its own, cleaned up
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    import tempfile

    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise

# %% training-write-whole + asks for the folder too
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    folder = os.open(Path(path).parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

# %% training-write-whole + unbuffered, pathlib
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = Path(f"{path}.part")
    with open(temporary, "wb", buffering=0) as file:
        file.write(data)
        os.fsync(file)
    temporary.replace(path)

# %% training-watched: whatever is bad is the fault of the op
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        if some(np.isnan, [out]) or some(np.isinf, [out]):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: nothing is inherited
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        if (nan or inf and not some(np.isinf, args)) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: infinity is never a fault
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (some(np.isnan, [out]) or some(np.isinf, [out])):
            origin[out] = inherited[0]
        elif some(np.isnan, [out]) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: NaN is never a fault
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (some(np.isnan, [out]) or some(np.isinf, [out])):
            origin[out] = inherited[0]
        elif some(np.isinf, [out]) and not some(np.isinf, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: a good result inherits
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited:
            origin[out] = inherited[0]
        elif (nan or inf and not some(np.isinf, args)) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: the op comes before what it inherits
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if (nan or inf and not some(np.isinf, args)) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        elif inherited and (nan or inf):
            origin[out] = inherited[0]
        return out

    return look

# %% training-watched: a mask of -inf is blamed
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif (nan or inf) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: NaN made of infinities is nobody's fault
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif (nan or inf) and not some(np.isnan, args) and not some(np.isinf, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched! infinity made of NaN is blamed
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif nan and not some(np.isnan, args) or inf and not some(np.isinf, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: NaN in the data is blamed
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif nan or inf and not some(np.isinf, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: looks at the first argument only
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in args[:1] if isinstance(t, Tensor) and t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif (nan or inf and not some(np.isinf, args[:1])) and not some(np.isnan, args[:1]):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: tensors in lists are passed over
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in args if isinstance(t, Tensor) and t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif (nan or inf and not some(np.isinf, args)) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-watched: mends the result
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        if some(np.isnan, [out]) or some(np.isinf, [out]):
            origin[out] = fault(f, args)
            return Tensor(np.nan_to_num(np.asarray(out)), out.dtype)
        return out

    return look

# %% training-watched: raises
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        if some(np.isnan, [out]) or some(np.isinf, [out]):
            raise FloatingPointError(fault(f, args))
        return out

    return look

# %% training-watched: the entry is put on the argument
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        if some(np.isnan, [out]) or some(np.isinf, [out]):
            for t in tensors_in(args):
                origin[t] = fault(f, args)
        return out

    return look

# %% training-watched + an early return
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        bad = [test for test in (np.isnan, np.isinf) if some(test, [out])]
        if not bad:
            return out
        known = next((origin[t] for t in tensors_in(args) if t in origin), None)
        had_nan, had_inf = some(np.isnan, args), some(np.isinf, args)
        own = not had_nan and (np.isnan in bad or not had_inf)
        if known or own:
            origin[out] = known or fault(f, args)
        return out

    return look

# %% training-state: the random numbers left out
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: a fresh generator
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": np.random.default_rng(0).bit_generator.state,
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: NumPy's global generator
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": np.random.default_rng().bit_generator.state,
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the scheduler left out
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None,
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the callbacks left out
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the callbacks forget
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [{} for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the step forgotten
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE} | {"step": 0},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the epoch forgotten
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE} | {"epoch": 0},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the history forgotten
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE} | {"history": {}},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the sum of the losses forgotten
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE} | {"loss_sum": 0.0, "seen": 0},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the optimizer's state without its memory
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": {**self.optimizer.state_dict(), "state": {}},
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the learning rate of the start
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": {**self.optimizer.state_dict(), "param_groups": [{**g, "lr": g["initial_lr"]} for g in self.optimizer.state_dict()["param_groups"]]},
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: only the weights
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: rounded weights
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": {name: Tensor(np.asarray(t).round(4)) for name, t in self.model.state_dict().items()},
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: only the first layer
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": {name: t for name, t in self.model.state_dict().items() if name.startswith("0")},
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state: the objects themselves
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model,
            "optimizer": self.optimizer,
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state + the scheduler by if
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict() if self.scheduler else None,
            "callbacks": list(map(lambda c: c.state_dict(), self.callbacks)),
            "random": random_state(),
            "place": dict(zip(self.PLACE, (getattr(self, n) for n in self.PLACE), strict=True)),
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-state + the generator asked directly
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": Random.generator.bit_generator.state,
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})
