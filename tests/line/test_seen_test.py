"""What a study says of itself when it is changed after its test photos were seen."""

from __future__ import annotations

from pathlib import Path

import leafgraft
from heard import Heard
from leafgraft.data.drawn.sample import draw_sample

STUDY = """
photos: leaves
image_size: 32
weights: none
training: {{epochs: 1, views: 1, batch_size: 16, seeds: {seeds}}}
recipes: [{{backbone: squeezenet1_1, strategy: [{strategies}]}}]
"""


def test_another_split_other_seeds_and_fewer_recipes_are_told(tmp_path: Path) -> None:
    draw_sample(tmp_path / "leaves", photos_per_class=12, side=32, seed=0)
    file = tmp_path / "study.yaml"

    def run(seeds: list[int], strategies: str) -> tuple[tuple[str, ...], str, str]:
        heard = Heard()
        file.write_text(STUDY.format(seeds=seeds, strategies=strategies), encoding="utf-8")
        done = leafgraft.run(file, out=tmp_path / "out", until="evaluation", progress=heard)
        return tuple(done.verdict["seen_after_test"]), " ".join(done.verdict["refused"]), " ".join(heard.lines)

    both = ("squeezenet1_1 frozen", "squeezenet1_1 probe")
    assert run([0], "frozen, probe")[0] == ()
    for folder in (one for one in (tmp_path / "leaves").iterdir() if one.is_dir()):
        first = sorted(folder.iterdir())[0]
        first.rename(folder / f"zz{first.suffix}")
    later, _, said = run([0], "frozen, probe")
    assert later == both
    assert "the split is another one: other photos are test photos" in said
    later, refused, said = run([7], "probe")
    assert later == both[1:]
    assert "A fair comparison of all that was tested: 1 recipe was tested and is left out" in refused
    assert "1 recipe was tested and is left out of the study" in said
