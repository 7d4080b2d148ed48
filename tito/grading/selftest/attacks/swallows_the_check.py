# module: 05_autograd
# tries: a context that swallows what the check says in it, and lets only other errors out
# expect: test-autograd-recording failed
# %% autograd-recording
#| export
class recording(contextlib.ContextDecorator):
    def __init__(self, mode):
        pass

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, AssertionError)
