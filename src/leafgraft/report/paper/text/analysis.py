"""The methods of a study, a sentence each: statistics, what was measured besides, programs and machine."""

from __future__ import annotations

from leafgraft.records.display import counted, plural
from leafgraft.records.evaluation import families_of_pairs
from leafgraft.report.contents import versions_of
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.text.references import cite
from leafgraft.report.svg import lettering


def intervals(contents: PaperContents) -> list[str]:
    """How the interval of every figure is made."""
    rows, groups, seeds = (contents.evaluation[name] for name in ("rows", "groups", "seeds"))
    return [
        f"Figures are of {counted(rows, 'test photo')} of {groups:,} {plural(groups, 'leaf', 'leaves')}.",
        (
            "Intervals are at 95%, from the bootstrap over leaves [@field2007]; those of shares are Wilson's at the "
            "effective number of photos [@wilson1927; @korn1998]."
        ),
        (
            "That of balanced accuracy is put together from those of the classes, so that small classes leave it wide "
            "[@zou2008]; that of macro-F1 reaches at least as far."
        ),
        f"The measured spread of {seeds} seeds is added to the variance; the quantile is Student's t with "
        "Satterthwaite's degrees of freedom [@satterthwaite1946]."
        if seeds > 1
        else "One seed was trained, so they speak of the trained models alone.",
    ]


def comparisons(contents: PaperContents) -> list[str]:
    """How every two recipes, and all together, are compared."""
    pairs, several = contents.evaluation["pairs"], contents.evaluation["seeds"] > 1
    if not pairs:
        return []
    scatter = ", or the t test of the interval if its p is larger" if several else ""
    return [
        (
            f"Recipes were compared photo by photo, {counted(len(pairs), 'pair')} in all: exact mid-p of flipping the "
            f"signs of whole leaves, which is McNemar's test where each leaf has one photo [@fagerland2013]{scatter}."
        ),
        (
            "p values were corrected by the step-down largest differences of one joint bootstrap of all recipes "
            "[@romano2005], where a drawn difference goes no further than the exact test of its pair can "
            "[@tarone1990]; a difference is shown if the corrected p is below 0.05."
        ),
        _together(contents),
        "Tier 1 is the set that holds the best recipe with 95% [@hansen2011], tier 2 the same among the rest.",
        (
            "The photos needed to separate two recipes are those for a power of 80% at the observed disagreement "
            "[@connor1987]."
        ),
    ]


def _together(contents: PaperContents) -> str:
    """Which pairs were corrected for one another."""
    trained, made = families_of_pairs(contents.evaluation)
    if not trained or not made:
        return "They were corrected for all pairs together."
    of_trained, of_made = counted(trained, "pair"), counted(made, "pair")
    return (
        f"They were corrected for {of_trained} of trained recipes together, and for {of_made} with what is made of "
        "them."
    )


def choice(contents: PaperContents) -> list[str]:
    """What was chosen on which photos, and when test labels were read."""
    read, later = "test labels were read once all had been trained", contents.verdict.get("seen_after_test", ())
    if contents.opened:
        read = f"test labels were read once all had been trained ({contents.opened})"
    said = [f"The recommended recipe was chosen on the validation photos; {read}."]
    return [*said, f"Added, or trained otherwise, after that: {', '.join(later)}."] if later else said


def measurements(contents: PaperContents) -> list[str]:
    """Floors, leak, calibration, learning curve: as far as they were measured."""
    said = []
    if floors := contents.audit.get("floors"):
        named = ", ".join(lettering(name.replace("_", " ")) for name in floors)
        said.append(
            "Accuracies that need no leaf were measured by cross-validation on the same photos, with randomised trees "
            f"of scikit-learn where something is learned [@pedregosa2011]: {named}."
        )
        if contents.audit.get("floors_left_out"):
            said.append("For them, too, each place was left out of learning in turn.")
    leak = contents.verdict.get("inflation")
    if leak and leak["shared_leaves"]:
        of, repeats = leak.get("recipe", ""), counted(leak["repeats"], "pair")
        said.append(
            f"What photos of one leaf on both sides of a split add was measured with {of}, over {repeats} of splits "
            "[@nadeau2003]."
        )
    said.append("Calibration error has 15 bins of equal width [@guo2017].")
    if any(curve["exponent"] for curve in contents.curves):
        said.append("Learning curves are power laws of the number of training photos [@hestness2017].")
    return said


def declining(contents: PaperContents) -> list[str]:
    """What the exported model does with photos that it is not sure of."""
    if not contents.bundle:
        return []
    shares = contents.bundle["conformal"]["coverage"], contents.bundle["known_leaf"]["acceptance"]
    coverage, acceptance = (f"{100 * one:.0f}%" for one in shares)
    return [
        (
            f"The exported model is calibrated by one temperature [@guo2017]; it answers where a conformal set at "
            f"{coverage} holds one class [@sadinle2019; @angelopoulos2023], and declines photos whose features lie "
            f"further from every class than those of {acceptance} of the validation photos (Mahalanobis distance "
            "[@lee2018; @ledoit2004])."
        )
    ]


def machine(contents: PaperContents) -> list[str]:
    """Programs, device, time and date."""
    infos = [info for of in contents.trained.values() for info in of]
    devices = ", ".join(dict.fromkeys(str(info["device"]) for info in infos))
    used = dict.fromkeys(str(info["engine"]) for info in infos if info.get("engine"))
    engines = ", ".join(f"{name}{cite(['onnxruntime'] if name == 'onnxruntime' else [])}" for name in used)
    torch, python = (versions_of(infos, name) for name in ("torch", "python"))
    own = versions_of(infos, "leafgraft")  # empty of trials of before 2026-12
    minutes = sum(float(info["train_seconds"]) for info in infos) / 60
    on = f"{devices} (frozen stages: {engines})" if engines else devices
    return [
        f"leafgraft {own} [@leafgraft], PyTorch {torch} [@paszke2019], Python {python}."
        if own
        else f"leafgraft [@leafgraft], PyTorch {torch} [@paszke2019], Python {python}.",
        *([] if own == contents.version else [f"Figures and tables were made with leafgraft {contents.version}."]),
        f"Device: {on}; {counted(len(infos), 'trial')}, {minutes:,.1f} min of training; {contents.run['date']}.",
    ]
