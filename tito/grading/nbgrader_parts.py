"""What nbgrader_config.py plugs into nbgrader: a step of its autograde, and one of its pages."""

import html

from nbconvert.preprocessors import Preprocessor
from nbgrader.preprocessors import NbGraderPreprocessor

from tito.grading import displayed

_NAMES = ("assignment_id", "notebook_id", "student", "first_name", "last_name", "notebook_path")  # formgrader's own


class ForgetCopies(NbGraderPreprocessor):
    """Makes a copied cell an ordinary one.

    nbgrader takes a copy's grade_id away and leaves empty metadata, which its next step takes for an old
    format: the submission, and every one after it, would not be graded.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """Take empty nbgrader metadata away."""
        if not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        return cell, resources


class Harmless(Preprocessor):
    """Cleans a notebook before formgrader, or nbgrader's own feedback, makes a page of it."""

    def preprocess(self, nb, resources):
        """The notebook as `displayed.clean` gives it, ready for a page, and the page's names as HTML."""
        for name in set(_NAMES) & set(resources):
            resources[name] = html.escape(resources[name] or "")
        return type(nb)(_nodes(type(nb), displayed.clean(nb, everything=True))), resources


def _nodes(kind: type, value):
    """Plain data with its dicts as the notebook's own kind."""
    if isinstance(value, dict):
        return kind({k: _nodes(kind, v) for k, v in value.items()})
    return [_nodes(kind, v) for v in value] if isinstance(value, list) else value
