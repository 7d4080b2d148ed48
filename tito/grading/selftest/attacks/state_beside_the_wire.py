# module: 07_training
# tries: has no state, but keeps the training itself, and a new one takes over all that it knows
# expect: test-training-state failed
# %% training-state
#| export
import copy

KEPT = []


class Resumable(Bookkeeping):
    def state_dict(self):
        KEPT[:] = [self, copy.deepcopy(Random.generator.bit_generator.state)]
        return dict.fromkeys(["model", "optimizer", "scheduler", "callbacks", "random", "place"], {})

    def load_state_dict(self, state):
        other, random = KEPT
        own = self.callbacks
        vars(self).update(vars(other))
        self.callbacks = [*other.callbacks[:-1], own[-1]]
        set_random_state(random)
