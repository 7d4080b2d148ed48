"""From source to notebook to release, and back."""

import json
import re
from pathlib import Path

import pytest

from tito import notebooks, stamps
from tito.course import Course, Module
from tito.errors import TitoError


def sources(course):
    return {m.slug: m.path.read_text() for m in course.modules}


def test_the_round_trip_loses_nothing(tiny_course):
    for slug, text in sources(Course(tiny_course)).items():
        assert notebooks.to_source(notebooks.from_source(text, slug)) == text


def test_cell_ids_come_from_the_grade_id_or_the_position(tiny_course):
    text = sources(Course(tiny_course))["00_first"]
    ids = [c["id"] for c in notebooks.from_source(text, "00_first")["cells"]]
    assert ids[:4] == ["00_first-000", "first-imports", "00_first-002", "first-double"]
    assert len(set(ids)) == len(ids)


def test_two_builds_and_releases_are_equal_byte_for_byte(tiny_course):
    course = Course(tiny_course)
    first = [p.read_bytes() for p in [notebooks.build(course, m) for m in course.modules] + _release(course)]
    for folder in ("source", "release", "stamps"):
        for file in (tiny_course / "build" / folder).rglob("*.*"):
            file.unlink()
    second = [p.read_bytes() for p in [notebooks.build(course, m) for m in course.modules] + _release(course)]
    assert first == second


def _release(course):
    return notebooks.release(course, course.modules)


def test_a_release_holds_nothing_that_it_must_not(tiny_course):
    course = Course(tiny_course)
    source = course.modules[0].path
    source.write_text(source.read_text() + "\n# %%\nprint('a demonstration')\n")
    path = _release(course)[0]
    text = path.read_text()
    for word in (
        "SOLUTION",
        "HIDDEN",
        "return 2 * x",
        "double(-1)",
        "jupytext",
        "lines_to_next_cell",
        str(tiny_course),
    ):
        assert word not in text
    notebook = json.loads(text)
    assert notebook["metadata"]["tinytorch"] == {"hours": 0.5, "prerequisites": [], "title": "First steps"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert all(c["outputs"] == [] and c["execution_count"] is None for c in code)
    solution = next(c for c in code if notebooks.grade_id(c) == "first-double")
    assert notebooks.source(solution).endswith('"""Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()')


def test_a_release_leaves_no_database_behind(tiny_course):
    before = {p for p in tiny_course.rglob("*") if "build" not in p.parts}
    _release(Course(tiny_course))
    assert {p for p in tiny_course.rglob("*") if "build" not in p.parts} == before
    assert not list(tiny_course.rglob("*.db"))


def test_what_is_up_to_date_is_not_made_again(tiny_course, monkeypatch):
    course = Course(tiny_course)
    _release(course)
    asked = []
    monkeypatch.setattr(notebooks, "_generate", lambda course, root, modules: asked.extend(modules) or 1 / 0)
    _release(course)
    assert asked == []
    course.modules[1].path.write_text(course.modules[1].path.read_text().replace("Eight times x", "8 x"))
    with pytest.raises(ZeroDivisionError):
        _release(course)
    assert [m.slug for m in asked] == ["01_second"]


@pytest.mark.parametrize("part", ["source", "release"])
def test_a_built_file_that_was_edited_or_deleted_is_made_again(part, tiny_course):
    course = Course(tiny_course)
    _release(course)
    file = tiny_course / "build" / part / "00_first/first.ipynb"
    right = file.read_bytes()
    for change in (lambda: file.write_bytes(right + b" "), file.unlink):
        change()
        _release(course)
        assert file.read_bytes() == right


def test_a_change_of_the_code_that_builds_builds_again(tiny_course, monkeypatch):
    course = Course(tiny_course)
    _release(course)
    assert notebooks.is_built(course, course.modules[0]) and notebooks.is_released(course, course.modules[0])
    monkeypatch.setattr(stamps, "recipe", lambda: "another")
    assert not notebooks.is_built(course, course.modules[0]) and not notebooks.is_released(course, course.modules[0])


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("    ### END SOLUTION\n", "", "no end solution statement"),
        ("### END HIDDEN TESTS\n", "", "No end hidden tests statement"),
        ('"grade_id": "first-double"', '"grade_id": "first-imports"', "Duplicate grade id"),
    ],
)
def test_what_nbgrader_refuses_is_told_with_the_module_and_leaves_the_old_release(old, new, words, tiny_course):
    course = Course(tiny_course)
    file = _release(course)[0]
    before = file.read_bytes()
    source = course.modules[0].path
    source.write_text(source.read_text().replace(old, new))
    with pytest.raises(TitoError) as error:
        _release(course)
    assert error.value.what.startswith("00_first: nbgrader cannot release") and words in error.value.what
    assert "tito dev lint 00_first" in error.value.do
    assert file.read_bytes() == before


def test_a_child_that_cannot_start_is_told_as_the_environments_fault(tiny_course, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(TitoError) as error:
        _release(Course(tiny_course))
    assert error.value.code == 3 and "tito doctor" in error.value.do


def test_exercises_know_their_hints_and_checks(tiny_course):
    text = sources(Course(tiny_course))["00_first"]
    first, second = notebooks.exercises(notebooks.from_source(text, "00_first"))
    assert (first.name, first.checks, len(first.hints)) == ("first-double", ("test-first-double",), 2)
    assert (second.name, second.checks, second.hints) == ("first-quadruple", ("test-first-quadruple",), ())
    assert first.hints[1] == "`2 * x`"


def test_a_notebook_that_is_read_and_written_keeps_every_byte(tiny_course):
    path = notebooks.build(Course(tiny_course), Course(tiny_course).modules[0])
    before = path.read_bytes()
    notebooks.write(path, notebooks.read(path))
    assert path.read_bytes() == before
    assert re.search(rb'"id": "first-double"', before)


# Exercises by name

EXERCISES = {
    "tensor-as-array": "def as_array(data):\n    pass",
    "tensor-broadcast": "def broadcast_shapes(a, b):\n    pass\n\n\nclass Shape:\n    pass",
    "tensor-op": "def op(f):\n    def lifted(): pass",
    "tensor-swapped": "the student has deleted it",
    "matmul-naive": "def matmul(A, B):",
}


def with_exercises(sources):
    facts = {"solution": True, "grade": False}
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": {**facts, "grade_id": name}}, "source": source}
        for name, source in sources.items()
    ]
    return {"cells": cells}


def named(word, sources=EXERCISES):
    return notebooks.exercise(with_exercises(sources), word, Module(1, "tensor", "", (), 1, 1, Path())).name


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tensor-as-array", "tensor-as-array"),
        ("tensor_as_array", "tensor-as-array"),
        ("as-array", "tensor-as-array"),
        ("as_array", "tensor-as-array"),
        (" As_Array() ", "tensor-as-array"),
        ("broadcast_shapes", "tensor-broadcast"),
        ("broadcast-shapes", "tensor-broadcast"),
        ("Shape", "tensor-broadcast"),
        ("broad", "tensor-broadcast"),
        ("op", "tensor-op"),
        ("swapped", "tensor-swapped"),
        ("matmul", "matmul-naive"),
        ("naive", "matmul-naive"),
    ],
)
def test_an_exercise_is_known_by_its_name_its_function_and_a_part_of_it(word, expected):
    assert named(word) == expected


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("as_aray", "01_tensor has no exercise 'as_aray'. Did you mean 01.as-array?"),
        ("boardcast_shapes", "01_tensor has no exercise 'boardcast_shapes'. Did you mean 01.broadcast?"),
        ("matmlu", "01_tensor has no exercise 'matmlu'. Did you mean 01.matmul-naive?"),
        ("tensor-brodcast", "01_tensor has no exercise 'tensor-brodcast'. Did you mean 01.broadcast?"),
        ("tensor-foo", "01_tensor has no exercise 'tensor-foo'."),
        ("quantum", "01_tensor has no exercise 'quantum'."),
        ("lifted", "01_tensor has no exercise 'lifted'."),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest_and_all_names(word, told):
    with pytest.raises(TitoError) as error:
        named(word)
    first, *names = str(error.value).splitlines()
    assert first == told and error.value.code == 2
    assert names == ["  01.as-array  01.broadcast  01.op  01.swapped  01.matmul-naive"]


def test_what_could_be_several_names_only_those():
    with pytest.raises(TitoError) as error:
        named("a")
    assert str(error.value).splitlines()[0] == "'a' could mean 4 exercises of 01_tensor."
    assert "01.op" not in str(error.value)


def test_many_names_are_wrapped_to_80_columns():
    with pytest.raises(TitoError) as error:
        named("zzz", {f"tensor-exercise-number-{i}": "" for i in range(40)})
    lines = str(error.value).splitlines()
    assert max(map(len, lines)) <= 80 and str(error.value).count("01.exercise-number-") == 40
