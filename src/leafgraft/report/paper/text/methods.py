"""The methods of a study, a sentence each: photos, audit, leaves, split, networks, training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from leafgraft.languages.speaking import filled, said
from leafgraft.records.display import counted, first_of, plural
from leafgraft.records.finding import seen_in_training
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.terms import term
from leafgraft.report.paper.text.references import cite, keys_of

MOST_FINDINGS = 6
STRATEGIES = {
    "uniform": "{name} (all layers learn at one rate)",
    "full": "{name} (all layers learn, each stage slower than the next)",
    "frozen": "{name} (the head alone learns, on frozen features)",
    "gradual": "{name} (the head alone until an epoch, then all layers)",
    "partial": "{name} (the last stages and the head learn)",
    "stagewise": "{name} (one more stage learns every few epochs)",
    "probe": "{name} (the linear head at its optimum on frozen features)",
    "probe_then_full": "{name} (from the optimum of the head, all layers learn)",
}


def photos(contents: PaperContents) -> list[str]:
    """Which photos, and what the audit said of them."""
    counts, audit = contents.audit["counts"], contents.audit
    classes = ", ".join(f"{name} {count:,}" for name, count in counts["classes"].items())
    kinds = counted(len(counts["classes"]), "class", "classes")
    found = [f"The study used {counts['photos']:,} photos of {kinds} ({classes})."]
    if places := counts.get("places", {}):
        named = ", ".join(f"{name} {sum(of.values()):,}" for name, of in places.items())
        found.append(f"They were taken in {len(places):,} {plural(len(places), 'place')} ({named}).")
    for name, one in audit.get("second", {}).items():
        size = counted(one["counts"]["photos"], "photo")
        if seen := seen_in_training(audit).get(name, 0):
            found.append(
                f"A second folder, '{name}', holds {size}; among them are some that show what the training "
                f"folder shows: {seen:,}."
            )
        else:
            found.append(f"A second folder, '{name}', holds {size} from elsewhere; none was trained on.")
    return [*found, *_audit(audit, contents.run.get("leafgraft", ""))]


def _audit(audit: Plain, version: str) -> list[str]:
    """What was found; studies of before 2026-12 do not say by which version of leafgraft."""
    unreadable = len(audit["counts"]["unreadable"])
    files, were = plural(unreadable, "file"), plural(unreadable, "was", "were")
    found = [
        (
            f"Before any training they were audited with leafgraft {version} [@leafgraft]; {unreadable:,} {files} "
            f"could not be read and {were} left out."
        )
        if version
        else (
            f"Before any training they were audited with leafgraft [@leafgraft]; {unreadable:,} {files} could not be "
            f"read and {were} left out."
        )
    ]
    if severe := [f"{said(one['title'])} ({one['code']})" for one in audit["findings"] if one["severity"] != "note"]:
        found.append(f"It found: {first_of(severe, MOST_FINDINGS, '; ')}.")
    told = audit.get("corrections", {})
    if told and (rows := len(told.get("rows", ()))):
        by = ", ".join(told.get("by", {}))
        found.append(f"{rows:,} {plural(rows, 'correction')} of labels, photos and leaves by {by} had been applied.")
    return found


def leaves(contents: PaperContents) -> list[str]:
    """How photos of one leaf were found, and what was done with them."""
    sizes = Counter(photo.group for photo in contents.photos)
    several = [count for count in sizes.values() if count > 1]
    given, shared = "", "none of them with more than one photo"
    if contents.study.groups:
        given = " a file that names them and by"
    elif contents.study.group_name:
        given = " their file names and by"
    elif set(sizes) - {f"g-{photo.photo_id}" for photo in contents.photos}:
        given = " the leaves that were given with them and by"
    if several:
        number, word = f"{len(several):,}", plural(len(several), "leaf", "leaves")
        shared = f"{number} {word} with more than one photo ({sum(several):,} photos)"
    count = len(sizes)
    return [
        f"Photos of one leaf were found by{given} comparing all photos by their pixels: {count:,} leaves, {shared}."
    ]


def split(contents: PaperContents) -> list[str]:
    """How photos were divided."""
    splits, first = contents.splits, contents.splits.folds[0]
    kept = "photos of one leaf lie in one part"
    if not splits.keep_groups:
        kept = "photos of one leaf were not kept together"
    by = "by class and place" if any(photo.place for photo in contents.photos) else "by class"
    if splits.left_out:
        how = f"Each of {len(splits.left_out)} places was left out of training in turn and tested on"
    elif splits.validation_drawn:
        how = (
            "They came divided into training and test photos; validation photos were drawn from the training photos, "
            f"stratified {by} (seed {splits.seed})"
        )
    elif splits.origin == "given":
        how = "They came divided into training, validation and test photos"
    elif len(splits.folds) > 1:
        how = f"They were divided into {len(splits.folds)} folds, stratified {by} (seed {splits.seed})"
    else:
        parts = f"into training, validation and test photos (seed {splits.seed})"
        how = f"They were divided at random, stratified {by}, {parts}"
    of_first = " in the first fold" if len(splits.folds) > 1 else ""
    return [
        (f"{how}: {len(first.train):,}, {len(first.validation):,} and {len(first.test):,} photos{of_first}; {kept}.")
    ]


def networks(contents: PaperContents) -> list[str]:
    """Networks with their weights, and strategies, with their sources."""
    infos = [of[0] for of in contents.trained.values()]
    started = {
        (info["recipe"]["backbone"]["name"], info["weights"], info["recipe"]["image_size"]): info for info in infos
    }
    listed = [f"{name}{cite(keys_of('backbones', name))}, {said(_weights(of))}" for (name, *_), of in started.items()]
    # What any other model of timm was trained on, timm alone knows.
    known = [name for name, weights, _ in started if weights == "pretrained" and not name.startswith("timm:")]
    used = dict.fromkeys(info["recipe"]["strategy"]["name"] for info in infos)
    ways = [f"{filled(STRATEGIES[name], {'name': name})}{cite(keys_of('strategies', name))}" for name in used]
    recipes, were = counted(len(infos), "recipe"), plural(len(infos), "was", "were")
    found = [
        f"{recipes} of network, strategy, head and training {were} trained on the same photos.",
        f"Networks: {'; '.join(listed)}.",
        f"Strategies: {'; '.join(ways)}.",
    ]
    if known:
        named = ", ".join(dict.fromkeys(known))
        found.insert(2, f"The pretrained weights of {named} come from ImageNet [@russakovsky2015].")
    return found


def _weights(info: Plain) -> str:
    side, identity = info["recipe"]["image_size"], info.get("identity")
    return {
        "none": f"random weights, photos of {side} pixels",
        "pretrained": f"pretrained weights (SHA-256 {identity}…), photos of {side} pixels",
    }.get(info["weights"], f"weights of a file (SHA-256 {identity}…), photos of {side} pixels")


def training(contents: PaperContents) -> list[str]:
    """How heads and networks were fitted."""
    infos = [of[0] for of in contents.trained.values()]
    by_epochs = [info for info in infos if not _is_solved(info)]
    derived = ", ".join(one["name"] for one in contents.evaluation["recipes"] if one.get("derived_from"))
    return [
        *([_solved(contents)] if len(by_epochs) < len(infos) else []),
        *(_by_epochs(by_epochs, contents) if by_epochs else []),
        *([f"Made from trained recipes, without further training: {derived}."] if derived else []),
        *_searched(contents),
    ]


def _searched(contents: PaperContents) -> list[str]:
    """How settings were searched for; recipes that were found by another study keep no search."""
    found, searches = [], {one["recipe"]: one for one in contents.searches}
    for name in contents.trained:
        if name not in searches:
            found += [f"The settings of {name} were chosen on validation photos."] if "(best of " in name else []
            continue
        search = searches[name]
        tried = counted(len(search["trials"]), "setting")
        full, early, failed = (search[state] for state in ("complete", "pruned", "failed"))
        found.append(
            f"The settings of {name} have the lowest validation loss of {tried} that the tree-structured Parzen "
            f"estimator of Optuna proposed [@bergstra2011; @akiba2019], trained with one seed: {full:,} to their end, "
            f"{early:,} given up early, {failed:,} failed."
        )
        if space := search.get("space"):  # earlier versions did not write it down
            found.append(f"It searched among: {'; '.join(said(_among(path, one)) for path, one in space.items())}.")
    return found


def _among(path: str, among: Plain | Sequence[str]) -> str:
    if not isinstance(among, Mapping):
        return f"{path}: {', '.join(among)}"
    low, high = (f"{among[end]:g}" for end in ("low", "high"))
    return f"{path} from {low} to {high} on a logarithmic scale" if among["log"] else f"{path} from {low} to {high}"


def _is_solved(info: Plain) -> bool:
    return bool(info["recipe"]["strategy"]["name"] == "probe")


def _solved(contents: PaperContents) -> str:
    solved = [of[0] for of in contents.trained.values() if _is_solved(of[0])]
    several = len(contents.study.training.seeds) > 1 and all(info["weights"] != "none" for info in solved)
    same = ", and every seed gives the same" if several else ""
    return (
        "Heads of probe recipes are multinomial logistic regressions on standardised features, solved to their optimum "
        "by Newton's method, with an L2 penalty chosen on the validation photos; they have no epochs and no learning "
        f"rate{same}."
    )


def _by_epochs(infos: Sequence[Plain], contents: PaperContents) -> list[str]:
    """How recipes that learn epoch by epoch are trained."""
    how, seeds = infos[0]["training"], ", ".join(map(str, contents.study.training.seeds))
    recipes = [info["recipe"] for info in infos]
    head, loss, optimizer, scheduler = (
        _with_sources(plural_name, (recipe[kind] for recipe in recipes))
        for kind, plural_name in (
            ("head", "heads"),
            ("loss", "losses"),
            ("optimizer", "optimizers"),
            ("scheduler", "schedulers"),
        )
    )
    changes = _with_sources("augmentations", (one for recipe in recipes for one in recipe["augmentation"]))
    epochs, patience = counted(how["epochs"], "epoch"), counted(how["patience"], "epoch")
    others = "All others were" if len(infos) < len(contents.trained) else "All were"
    return [
        (
            f"{others} trained for at most {epochs} in batches of {how['batch_size']}, ended after {patience} without "
            "a lower validation loss; the weights of the lowest were kept."
        ),
        (
            f"Head: {head}; loss: {loss}; optimizer: {optimizer}; schedule of the learning rate: {scheduler}; "
            f"augmentation of training photos: {changes or term('none')}; seeds: {seeds}."
        ),
        "The tables of settings and of training have every value.",
    ]


def _with_sources(kind: str, choices: Iterable[Mapping[str, object]]) -> str:
    names = dict.fromkeys(str(choice["name"]) for choice in choices)
    return ", ".join(f"{name}{cite(keys_of(kind, name))}" for name in names)
