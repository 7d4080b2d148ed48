"""settings.ini is where the course's facts stand; pyproject.toml repeats what pip and nbdev must find there."""

import configparser
import tomllib
from pathlib import Path

import pytest

from tito import doctor

ROOT = Path(__file__).parent.parent


def test_settings_and_pyproject_agree():
    assert doctor.disagreements(ROOT) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lib_name", "torch"),
        ("lib_path", "src"),
        ("nbs_path", "notebooks"),
        ("version", "9.9.9"),
        ("min_python", "3.9"),
        ("description", "Something else."),
        ("license", "MIT"),
    ],
)
def test_a_disagreement_is_found(key, value, tmp_path):
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "settings.ini")
    settings["DEFAULT"][key] = value
    with open(tmp_path / "settings.ini", "w") as file:
        settings.write(file)
    found = doctor.disagreements(tmp_path)
    assert found and all(value in line for line in found)


def test_the_rest_of_pyproject_agrees_with_the_oldest_python():
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "settings.ini")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["ruff"]["target-version"] == "py" + settings["DEFAULT"]["min_python"].replace(".", "")
