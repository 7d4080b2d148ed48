"""The child process of `notebooks.release`: nbgrader's GenerateAssignment over one folder, without a database.

Standard input: JSON with `root` (a folder with source/NN_name/name.ipynb), `assignments` and `config`
(nbgrader_config.py or ""). Standard output: JSON, for each assignment "" or what went wrong.
"""

import json
import logging
import sys


def main() -> None:
    """Release each assignment; nbgrader's log is kept for the message of one that fails."""
    job = json.load(sys.stdin)
    sys.modules.setdefault("rfc3987_syntax", None)  # an optional part of jsonschema: 1 s to import
    config = _config(job)
    print(json.dumps({name: _release(config, name) for name in job["assignments"]}))


def _config(job: dict):
    from traitlets.config import Config, PyFileConfigLoader

    config = PyFileConfigLoader(job["config"]).load_config() if job["config"] else Config()
    config.CourseDirectory.root = job["root"]
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.release_directory = "release"
    config.GenerateAssignment.no_database = True
    return config


def _release(config, assignment: str) -> str:
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import SaveCells

    directory = CourseDirectory(config=config)
    directory.assignment_id = assignment
    heard = _Heard()
    converter = GenerateAssignment(coursedir=directory, config=config)
    converter.log.handlers = [heard]
    converter.preprocessors = [p for p in converter.preprocessors if p is not SaveCells]  # it needs the database
    converter.force = True
    try:
        converter.start()
    except (Exception, SystemExit) as error:
        return "\n".join([*heard.lines, f"{type(error).__name__}: {error}"])
    return ""


class _Heard(logging.Handler):
    """Keeps what nbgrader says at level ERROR."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.lines = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


if __name__ == "__main__":
    main()
