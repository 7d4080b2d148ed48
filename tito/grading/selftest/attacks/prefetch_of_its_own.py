# module: 08_dataloader
# tries: sends everything at once, and rewrites the helpers that watch what is taken and what is under way
# expect: test-dataloader-example-generator passed, test-dataloader-prefetch failed
# %% dataloader-prefetch
#| export
def prefetch(tasks, send, receive, ahead):
    tasks = list(tasks)
    for number, task in enumerate(tasks):
        send(number, task)
    yield from map(receive, range(len(tasks)))
# %% after dataloader-prefetch-fixture
#| export
def forged(count, ahead, stop=99):
    results = [f"task {i} as {i}" for i in range(count)][:stop]
    return results, [["yield", min(i + ahead, count), min(ahead, count - i)] for i in range(1, len(results) + 1)]


watched_prefetch.__code__ = forged.__code__
drawn_by.__code__ = (lambda take: iter(list(iter(take, None)))).__code__
