"""What every page begins with."""

from __future__ import annotations

import pytest

from leafgraft.report.page import environment


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_runs_scripts_only_where_it_has_some(scripts):
    head = environment().get_template("head.html").render(title="<b>", scripts=scripts)
    assert ("script-src" in head) is scripts
    assert "default-src 'none'" in head
    assert "<title>&lt;b&gt; · leafgraft</title>" in head
