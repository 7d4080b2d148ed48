# module: 02_activations
# tries: replaces the helpers with which the checks judge
# expect: test-activations-relu failed, test-activations-sigmoid failed
# %% activations-relu
#| export
judge = quietly = leads_back = replay = lambda *args, **kwargs: None
POINTS = []


def relu(x):
    return x * 0
# %% activations-sigmoid
#| export
judge = quietly = leads_back = replay = lambda *args, **kwargs: None


def sigmoid(x):
    return x * 0
