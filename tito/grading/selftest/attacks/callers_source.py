# module: 00_setup
# tries: reads the source of the check that calls it
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import inspect
import linecache
import re


def dot(xs, ys):
    texts = ["\n".join(entry[2]) for entry in linecache.cache.values() if len(entry) == 4]
    for info in inspect.stack():
        try:
            texts.append(inspect.getsource(info.frame))
        except (OSError, TypeError):
            pass
    for text in texts:
        match = re.search(rf"dot\({re.escape(repr(xs))}, {re.escape(repr(ys))}\), (-?\d+)", text)
        if match:
            return int(match[1])
    return 0
