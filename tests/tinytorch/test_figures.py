"""tinytorch.figures: what the notebooks draw on."""

import matplotlib
import pytest

matplotlib.use("Agg")

from tinytorch.figures import axes, pieces  # noqa: E402


def test_pictures_have_a_frame_only_where_one_is_asked_for():
    plain, framed = axes(2, picture=True), axes(2, picture=True, frame=True)
    assert not any(ax.axison for ax in plain) and all(ax.axison for ax in framed)
    assert all(spine.get_visible() for ax in framed for spine in ax.spines.values())
    assert not any(len(ax.get_xticks()) or len(ax.get_yticks()) for ax in framed)


def test_labels_stand_above_rows_of_pieces():
    assert repr(pieces(["a", b"\n"], ["b"])) == "a|\\n\nb"
    shown = pieces(["a"], ["b"], labels=["one & all", "two"])
    assert repr(shown) == "one & all:\na\ntwo:\nb"
    page = shown._repr_html_()
    places = [page.index(part) for part in ("<div>one &amp; all:</div>", ">a<", "<div>two:</div>", ">b<")]
    assert places == sorted(places)
    with pytest.raises(ValueError):
        repr(pieces(["a"], ["b"], labels=["only one"]))
