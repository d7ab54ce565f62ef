"""The section of searches and rate curves."""

from __future__ import annotations

from made_up import NASTY, rate, search

from leafgraft.report.page import build_search_page
from leafgraft.report.tuning import history_figure, rate_figure


def test_the_history_counts_every_trial_and_caps_what_lies_far_out() -> None:
    figure = history_figure(search())
    assert "7 settings tried: 5 trained to the end, 1 given up early" in figure.reading
    assert "0.7000, came with number 5" in figure.reading
    assert "Losses above 1.50 are drawn there." in figure.reading
    assert figure.interactive is not None
    assert max(figure.interactive["data"][0]["y"]) == 0.7 + 4 * (0.9 - 0.7)
    assert figure.interactive["data"][1]["y"] == [1.1, 0.8, 0.8, 0.8, 0.7]


def test_one_setting_is_told_as_one() -> None:
    one = {**search(), "trials": [one for one in search()["trials"] if one["state"] == "complete"][:1]}
    assert history_figure(one).reading.startswith("1 setting tried: ")


def test_the_rate_is_marked_where_there_is_one() -> None:
    assert "steepest at a rate of 0.01" in rate_figure(rate()).reading
    assert "fastai suggests, is at 0.005" in rate_figure(rate()).reading
    earlier = {name: value for name, value in rate().items() if name != "valley"}
    assert "steepest at a rate of 0.01" in rate_figure(earlier).reading
    assert "falls at no rate" in rate_figure(rate(None)).reading


def test_the_page_of_a_search_alone_says_that_test_photos_are_closed() -> None:
    page = build_search_page("potato", [search()], [rate()])
    assert "The test photos are closed until the study is run." in page
    assert NASTY not in page
    assert "75%" in page
    assert "The rate finder" in build_search_page("potato", [], [rate()])
