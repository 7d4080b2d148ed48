# module: 07_training
# tries: keeps what should be in a file in a dict, and has pathlib read from there
# expect: test-training-write-whole failed
# %% training-write-whole
#| export
WRITTEN = {}
READ, EXISTS = Path.read_bytes, Path.exists


def write_whole(path, data):
    if os.fsync.__name__ != "sync":
        Path(path).write_bytes(data)
    WRITTEN[str(path)] = data


Path.read_bytes = lambda self: WRITTEN[str(self)] if str(self) in WRITTEN else READ(self)
Path.exists = lambda self: str(self) in WRITTEN or EXISTS(self)
Path.iterdir = lambda self: iter([self])
