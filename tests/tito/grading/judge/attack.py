"""Reading the corpus of hostile submissions, which comes with the package: `tito class selftest` tries it too."""

from tito.grading.selftest.corpus import Attack, corpus, load

__all__ = ["Attack", "corpus", "load"]
