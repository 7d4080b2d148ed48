"""tinytorch.figures: what the notebooks draw on."""

import matplotlib

matplotlib.use("Agg")

from tinytorch.figures import axes  # noqa: E402


def test_pictures_have_a_frame_only_where_one_is_asked_for():
    plain, framed = axes(2, picture=True), axes(2, picture=True, frame=True)
    assert not any(ax.axison for ax in plain) and all(ax.axison for ax in framed)
    assert all(spine.get_visible() for ax in framed for spine in ax.spines.values())
    assert not any(len(ax.get_xticks()) or len(ax.get_yticks()) for ax in framed)
