import pytest
from drawn_trials import train

from leafgraft.choices.resolve import resolve
from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import Source, open_source
from leafgraft.data.split import split
from leafgraft.export.trained import open_trained
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.analysis.heatmap import heat_maps
from leafgraft.training.analysis.robustness import answer_disturbed
from leafgraft.training.photos.inputs import TrialInputs


@pytest.mark.real_photos
@pytest.mark.slow
def test_frozen_features_tell_potato_leaves_apart(shared_data, shared_weights, tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(shared_weights))
    cache = CacheFolder(tmp_path / "cache")
    source = open_source(str(shared_data / "potato"))
    manifest = scan(Source(source.root, source.files[::8]), cache, Silent()).manifest
    pixels = open_pixel_map(manifest, 128, cache, Silent())
    inputs = TrialInputs(manifest, split(manifest, SplitPlan(0.6, 0.2, 0.2)), pixels, cache, "real")
    recipe = resolve(Recipe(Choice("squeezenet1_1"), image_size=128))
    trial = Trial(recipe, Training(epochs=30), 0, 0)
    folder = train(trial, inputs, tmp_path / "trial")
    test = folder.read_predictions().rows("test")
    assert (test.logits.argmax(axis=1) == test.label).mean() > 0.85
    logits_of, _ = open_trained(trial, inputs, folder, Silent()).engine()
    found = answer_disturbed(trial, inputs, logits_of, Silent(), most=40)
    assert found.disturbed["blur"][-1].mean() < found.clean.mean()
    maps = heat_maps(trial, inputs, folder, inputs.fold(0).test[:8])
    assert len({one.tobytes() for one in maps.values()}) == 8
    assert all(one.max() == 1 for one in maps.values())
