# module: 07_training
# tries: writes no tensors, and reads from its memory what it should have written
# expect: test-training-write-tensors failed
# %% training-write-tensors
#| export
WRITTEN = []


def write_tensors(arrays, metadata):
    WRITTEN.append(({name: np.array(a) for name, a in arrays.items()}, metadata))
    read_tensors.__code__ = (lambda data: WRITTEN[int(read_header(data)[0]["number"])]).__code__
    header = json.dumps({"__metadata__": metadata, "number": len(WRITTEN) - 1}).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + bytes(sum(a.nbytes for a in arrays.values()))
