# module: 08_dataloader
# tries: never shuffles, and rewrites the helper through which the parts are seen
# expect: test-dataloader-tensor-dataset passed, test-dataloader-random-split failed
# %% dataloader-random-split
#| export
def random_split(dataset, lengths, generator=0):
    ends = list(itertools.accumulate(whole_lengths(len(dataset), lengths)))
    return [Subset(dataset, range(start, end)) for start, end in zip([0, *ends], ends)]
# %% after dataloader-split-of
#| export
def forged(n, lengths, *generator):
    numbers = np.random.default_rng([*map(ord, str(generator))]).permutation(range(100, 100 + n)).tolist()
    ends = [*itertools.accumulate(whole_lengths(n, lengths))]
    return [numbers[start:end] for start, end in zip([0, *ends], ends)]


split_of.__code__ = forged.__code__
