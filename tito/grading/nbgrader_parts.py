"""What nbgrader_config.py plugs into nbgrader's autograde."""

from nbgrader.preprocessors import NbGraderPreprocessor


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
