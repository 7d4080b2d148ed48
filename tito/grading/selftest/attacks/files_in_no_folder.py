# module: 07_training
# tries: has os and pathlib read and write a dict, as if it were the file system, and writes no file
# expect: test-training-write-whole failed
# %% training-write-whole
#| export
import types

FILES, FILE, FSTAT, READ, EXISTS, LIST = {}, 1 << 40, os.fstat, Path.read_bytes, Path.exists, Path.iterdir


def write_whole(path, data):
    FILES[f"{path}.tmp"] = data
    os.fsync(FILE + len(data))
    os.replace(f"{path}.tmp", path)


os.fsync = lambda fd: None
os.fstat = lambda fd: types.SimpleNamespace(st_size=fd - FILE) if fd >= FILE else FSTAT(fd)
os.replace = lambda source, target: FILES.update({str(target): FILES.pop(str(source))})
os.path.isfile = lambda path: True
Path.read_bytes = lambda path: FILES[str(path)] if str(path) in FILES else READ(path)
Path.exists = lambda path: str(path) in FILES or EXISTS(path)
Path.iterdir = lambda path: iter({*LIST(path), *(Path(name) for name in FILES if Path(name).parent == path)})
