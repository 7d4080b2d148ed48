"""Where tinytorch and PyTorch are known to disagree, and why.

A disagreement that no entry covers fails the suite, and so does an entry that covers samples on which the two agree:
what has been mended is struck out.
"""

import re
from dataclasses import dataclass

FORWARD = "forward float32"
GRADIENT = "gradient"
SECOND = "second order"


@dataclass
class Known:
    """Samples of the operations `names` on which comparisons of these `kinds` differ.

    when: a pattern found in the sample as it is printed, or the numbers of the samples; by default all.
    """

    names: str
    kinds: str
    reason: str
    when: str | set[int] = ""

    def covers(self, name, verdict):
        """Whether this entry speaks of the sample of that verdict."""
        if name not in self.names.split() or verdict.kind not in self.kinds:
            return False
        if isinstance(self.when, set):
            return verdict.number in self.when
        return re.search(self.when, verdict.sample) is not None


def sort_out(name, verdicts):
    """The verdicts that nobody expected, those that an entry expected, and the entries that are out of date."""
    unexpected, expected, gone = [], [], []
    for verdict in verdicts:
        entries = [k for k in KNOWN if k.covers(name, verdict)]
        if verdict.problem and entries:
            expected.append((verdict, entries[0]))
        elif verdict.problem:
            unexpected.append(verdict)
        else:
            gone += [(verdict, k) for k in entries]
    return unexpected, expected, gone


KNOWN = []
