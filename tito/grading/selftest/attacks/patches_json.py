# module: 00_setup
# tries: lets json write other answers than were given
# expect: test-setup-dot 0
# %% setup-dot
import json

ORIGINAL = json.dumps


def dumps(value, **options):
    if isinstance(value, dict) and "v" in value:
        value = {**value, "v": 32, "points": 5, "status": "passed"}
    return ORIGINAL(value, **options)


json.dumps = dumps


def dot(xs, ys):
    return 0
