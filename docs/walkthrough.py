# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # leafgraft in Python
#
# Everything that the commands do can be called from Python, and every result shows itself in a notebook. This page is a
# notebook: what stands below each cell was computed when the page was built, on drawn leaves, in about a minute. Open it as one:
# `docs/walkthrough.ipynb`, for Colab and Kaggle, too; or open this file itself in an editor that knows `# %%` cells.

# %% [markdown]
# ## Photos
#
# Your own photos lie in a folder with one sub-folder per class. Here they are drawn, with two faults: six leaves are there twice,
# and three labels are wrong. A second folder, drawn otherwise, stands for photos from elsewhere.

# %%
from pathlib import Path

import leafgraft
from leafgraft import study

study.sample(Path("leaves"), photos_per_class=30, side=64, faults=["same_leaf=6", "wrong_labels=3"])
study.sample(Path("elsewhere"), photos_per_class=8, side=64, seed=1)
sorted(path.name for path in Path("leaves").iterdir())

# %% [markdown]
# ## What is wrong with them?
#
# `audit` finds what would spoil the figures, before any training.

# %%
found = leafgraft.audit("leaves")
found

# %% [markdown]
# It is a record: findings, groups of photos of one leaf, and floors are attributes.

# %%
same_leaf = next(finding for finding in found.findings if finding.code == "LG005")
print(len(found.groups), "leaves were photographed more than once")
same_leaf

# %% [markdown]
# ## A study
#
# A study file names the photos and the recipes. `weights: none` keeps this page free of downloads; leave it out to start from
# pretrained weights, which is what makes transfer learning work.

# %%
Path("small.yaml").write_text(
    """
photos: leaves
also_test: {elsewhere: elsewhere}
image_size: 48
weights: none
training: {epochs: 6, patience: 6, batch_size: 16, seeds: [0, 1]}
recipes:
  - backbone: squeezenet1_1
    strategy: [frozen, {gradual: {unfreeze_at: 2}}]
    learning_rate: 0.003
""",
    encoding="utf-8",
)
results = leafgraft.run("small.yaml")
results

# %% [markdown]
# The figures are poor: random weights and some 75 small training photos. But nothing is hidden: the intervals are wide, and no
# recipe is called the best where the photos cannot tell.
#
# `evaluation` and `verdict` hold what evaluation.json and verdict.json hold.

# %%
for recipe in results.evaluation["recipes"]:
    low, high = recipe["interval"]
    print(f"{recipe['name']}: {recipe['accuracy']:.1%} ({low:.1%} to {high:.1%}), macro-F1 {recipe['macro_f1']:.2f}")

# %% [markdown]
# Figures and tables as `leafgraft paper` writes them ([Write a paper or a report](how-to/paper.md)) are here, too: `save` writes one to a file,
# `at` gives matplotlib's own.

# %%
results.figure("accuracy")

# %%
results.to_frame()[["recipe", "tier", "accuracy", "accuracy_low", "accuracy_high"]]

# %% [markdown]
# ## Predictions of other tools
#
# `compare` takes predictions files: those of a study, or a CSV that you wrote yourself. One row per photo, one column of
# probability per class, and the group if photos of one leaf are among them.

# %%
import csv

import numpy as np

generator = np.random.default_rng(0)
classes = ["EarlyBlight", "Healthy", "LateBlight"]
labels = generator.integers(0, 3, 120)
for name, skill in (("mine", 2.0), ("theirs", 1.0)):
    scores = generator.normal(size=(120, 3)) + skill * np.eye(3)[labels]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    with Path(f"{name}.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["photo_id", "label", *classes])
        for number in range(120):
            rows.writerow([f"photo{number}", classes[labels[number]], *shares[number]])

compared = leafgraft.compare(["mine.csv", "theirs.csv"])
compared

# %%
(pair,) = compared.evaluation["pairs"]
print(f"{pair['a']} minus {pair['b']}: {100 * pair['difference']:+.1f} points, p = {pair['p_adjusted']:.3f}")

# %% [markdown]
# ## Into the field
#
# `run` has written a bundle: one ONNX file that takes a photo of any size and answers, or declines.

# %%
predictor = leafgraft.load_bundle(results.folder)
predictor

# %%
photo = sorted(Path("elsewhere/Healthy").glob("*.jpg"))[0]
predictor.predict(photo)

# %% [markdown]
# "Not sure" comes with the classes it may be; "not a leaf I know" says that the photo is unlike all training photos. Both are
# explained in [Calibration and declining](explanation/declining.md).

# %% [markdown]
# ## When something is wrong
#
# Errors say what was asked, what was found, and what to do. All of them are a `LeafgraftError`.

# %%
from leafgraft.errors import LeafgraftError

try:
    leafgraft.run("leaves.yaml")
except LeafgraftError as error:
    print(error.asked)
    print(error.found)
    print(error.mend)
