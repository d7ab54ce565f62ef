"""The methods of a study in both languages: photos, audit, leaves, split, networks, training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from leafgraft.records.display import counted, first_of
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.terms import Sentence
from leafgraft.report.paper.text.references import cite, keys_of

MOST_FINDINGS = 6
STRATEGIES = {
    "uniform": Sentence("all layers learn at one rate", "모든 층이 같은 학습률로 학습"),
    "full": Sentence("all layers learn, each stage slower than the next", "모든 층이 학습하되 앞 단계일수록 느리게"),
    "frozen": Sentence("the head alone learns, on frozen features", "동결한 특징 위에서 헤드만 학습"),
    "gradual": Sentence("the head alone until an epoch, then all layers", "처음에는 헤드만, 정한 에포크부터 모든 층"),
    "partial": Sentence("the last stages and the head learn", "마지막 단계들과 헤드만 학습"),
    "stagewise": Sentence("one more stage learns every few epochs", "몇 에포크마다 한 단계씩 더 학습"),
    "probe": Sentence("the linear head at its optimum on frozen features", "동결한 특징 위 선형 헤드의 최적해"),
    "probe_then_full": Sentence("from the optimum of the head, all layers learn", "헤드의 최적해에서 시작해 모든 층"),
}


def photos(contents: PaperContents) -> Sentence:
    """Which photos, and what the audit said of them."""
    counts, audit = contents.audit["counts"], contents.audit
    classes = ", ".join(f"{name} {count:,}" for name, count in counts["classes"].items())
    number, kinds = counts["photos"], len(counts["classes"])
    english = [f"The study used {number:,} photos of {counted(kinds, 'class', 'classes')} ({classes})."]
    korean = [f"클래스 {kinds}개의 사진 {number:,}장을 사용하였다({classes})."]
    if places := counts.get("places", {}):
        named = ", ".join(f"{name} {sum(of.values()):,}" for name, of in places.items())
        english.append(f"They were taken in {counted(len(places), 'place')} ({named}).")
        korean.append(f"사진을 찍은 장소는 {len(places)}곳이다({named}).")
    for name, one in audit.get("second", {}).items():
        size = one["counts"]["photos"]
        english.append(f"A second folder, '{name}', holds {size:,} photos from elsewhere; none was trained on.")
        korean.append(f"두 번째 폴더 ‘{name}’에는 다른 곳에서 찍은 사진 {size:,}장이 있으며, 학습에는 쓰지 않았다.")
    checked = _audit(audit, contents.version)
    return Sentence(" ".join([*english, checked.english]), " ".join([*korean, checked.korean]))


def _audit(audit: Plain, version: str) -> Sentence:
    unreadable, findings = len(audit["counts"]["unreadable"]), audit["findings"]
    severe = [one for one in findings if one["severity"] != "note"]
    english = f"Before any training they were audited with leafgraft {version}{cite(['leafgraft'])}"
    korean = f"학습에 앞서 leafgraft {version}{cite(['leafgraft'])}으로 사진을 점검하였다."
    english += f"; {counted(unreadable, 'file')} could not be read and {'was' if unreadable == 1 else 'were'} left out."
    korean += f" 읽을 수 없어 제외한 파일은 {unreadable:,}개이다."
    if severe:
        named, codes = [f"{one['title']} ({one['code']})" for one in severe], [one["code"] for one in severe]
        english += f" It found: {first_of(named, MOST_FINDINGS, '; ')}."
        korean += f" 오류와 경고는 {len(severe)}건이다({', '.join(codes)})."
    told = audit.get("corrections", {})
    if told and told.get("rows"):
        rows, by = len(told["rows"]), ", ".join(told.get("by", {}))
        english += f" {counted(rows, 'correction')} of labels, photos and leaves by {by} had been applied."
        korean += f" 라벨·사진·잎에 대한 {by}의 수정 {rows:,}건을 반영하였다."
    return Sentence(english, korean)


def leaves(contents: PaperContents) -> Sentence:
    """How photos of one leaf were found, and what was done with them."""
    sizes = Counter(photo.group for photo in contents.photos)
    several = [count for count in sizes.values() if count > 1]
    given = Sentence("", "")
    if contents.study.groups:
        given = Sentence(" a file that names them and by", "잎을 적어 둔 파일과 ")
    elif contents.study.group_name:
        given = Sentence(" their file names and by", "파일 이름과 ")
    elif set(sizes) - {f"g-{photo.photo_id}" for photo in contents.photos}:
        given = Sentence(" the leaves that were given with them and by", "사진과 함께 주어진 잎 이름과 ")
    shared = f"{counted(len(several), 'leaf', 'leaves')} with more than one photo ({sum(several):,} photos)"
    shared_ko = f"사진이 둘 이상인 잎은 {len(several):,}개(사진 {sum(several):,}장)이다"
    if not several:
        shared, shared_ko = "none of them with more than one photo", "사진이 둘 이상인 잎은 없었다"
    return Sentence(
        f"Photos of one leaf were found by{given.english} comparing all photos by their pixels: {len(sizes):,} leaves, "
        f"{shared}.",
        f"같은 잎의 사진은 {given.korean}화소 비교로 찾았다. 잎은 {len(sizes):,}개이며, {shared_ko}.",
    )


def split(contents: PaperContents) -> Sentence:
    """How photos were divided."""
    splits, first = contents.splits, contents.splits.folds[0]
    sizes = f"{len(first.train):,}, {len(first.validation):,} and {len(first.test):,}"
    sizes_ko = f"{len(first.train):,}장, {len(first.validation):,}장, {len(first.test):,}장"
    kept = Sentence("photos of one leaf lie in one part", "같은 잎의 사진은 한쪽에만 들어 있다")
    if not splits.keep_groups:
        kept = Sentence("photos of one leaf were not kept together", "같은 잎의 사진을 한쪽에 모으지 않았다")
    by, by_ko = (" and place", "와 장소") if any(photo.place for photo in contents.photos) else ("", "")
    if splits.left_out:
        how = f"Each of {len(splits.left_out)} places was left out of training in turn and tested on"
        how_ko = f"장소 {len(splits.left_out)}곳을 하나씩 학습에서 제외하고 그곳에서 테스트하였다"
    elif splits.origin == "given":
        how, how_ko = "They came divided into training, validation and test photos", "사진은 이미 나뉘어 있었다"
    elif len(splits.folds) > 1:
        how = f"They were divided into {len(splits.folds)} folds, stratified by class{by} (seed {splits.seed})"
        how_ko = f"클래스{by_ko}별로 층화하여 폴드 {len(splits.folds)}개로 나누었다(시드 {splits.seed})"
    else:
        parts = "training, validation and test photos"
        how = f"They were divided at random, stratified by class{by}, into {parts} (seed {splits.seed})"
        how_ko = f"클래스{by_ko}별로 층화하여 학습·검증·테스트 사진으로 무작위로 나누었다(시드 {splits.seed})"
    of_first, of_first_ko = (" in the first fold", "첫 번째 폴드 기준 ") if len(splits.folds) > 1 else ("", "")
    return Sentence(
        f"{how}: {sizes} photos{of_first}; {kept.english}.",
        f"{how_ko}. {of_first_ko}학습·검증·테스트 사진은 각각 {sizes_ko}이며, {kept.korean}.",
    )


def networks(contents: PaperContents) -> Sentence:
    """Networks with their weights, and strategies, with their sources."""
    infos = [of[0] for of in contents.trained.values()]
    started = {
        (info["recipe"]["backbone"]["name"], info["weights"], info["recipe"]["image_size"]): info for info in infos
    }
    english, korean = [], []
    for (name, *_), info in started.items():
        of_weights = _weights(info)
        english.append(f"{name}{cite(keys_of('backbones', name))}, {of_weights.english}")
        korean.append(f"{name}{cite(keys_of('backbones', name))}, {of_weights.korean}")
    # What any other model of timm was trained on, timm alone knows.
    known = [name for name, weights, _ in started if weights == "pretrained" and not name.startswith("timm:")]
    named, source = ", ".join(dict.fromkeys(known)), cite(["russakovsky2015"])
    of_source = Sentence("", "")
    if known:
        english_source = f" The pretrained weights of {named} come from ImageNet{source}."
        of_source = Sentence(english_source, f" {named}의 사전 학습된 가중치는 ImageNet으로 학습한 것이다{source}.")
    used = dict.fromkeys(info["recipe"]["strategy"]["name"] for info in infos)
    ways = [f"{name} ({STRATEGIES[name].english}){cite(keys_of('strategies', name))}" for name in used]
    ways_ko = [f"{name}({STRATEGIES[name].korean}){cite(keys_of('strategies', name))}" for name in used]
    recipes, listed, listed_ko = len(contents.trained), "; ".join(english), "; ".join(korean)
    return Sentence(
        f"{counted(recipes, 'recipe')} of network, strategy, head and training {'was' if recipes == 1 else 'were'} "
        f"trained on the same photos. Networks: {listed}.{of_source.english} Strategies: {'; '.join(ways)}.",
        f"신경망, 전략, 헤드, 학습 설정을 조합한 레시피 {recipes}개를 같은 사진으로 학습하였다. 신경망: "
        f"{listed_ko}.{of_source.korean} 전략: {'; '.join(ways_ko)}.",
    )


def _weights(info: Plain) -> Sentence:
    sides = info["recipe"]["image_size"]
    if info["weights"] == "none":
        return Sentence(f"random weights, photos of {sides} pixels", f"무작위 가중치, 입력 {sides}화소")
    words = {"pretrained": Sentence("pretrained weights", "사전 학습된 가중치")}
    named = words.get(info["weights"], Sentence("weights of a file", "파일의 가중치"))
    found = f"SHA-256 {info['identity']}…"
    return Sentence(
        f"{named.english} ({found}), photos of {sides} pixels", f"{named.korean}({found}), 입력 {sides}화소"
    )


def training(contents: PaperContents) -> Sentence:
    """How heads and networks were fitted."""
    infos = [of[0] for of in contents.trained.values()]
    by_epochs = [info for info in infos if not _is_solved(info)]
    said = [
        *([_solved(contents)] if len(by_epochs) < len(infos) else []),
        *([_by_epochs(by_epochs, contents)] if by_epochs else []),
        *_derived(contents),
        *_searched(contents),
    ]
    return Sentence(" ".join(one.english for one in said), " ".join(one.korean for one in said))


def _is_solved(info: Plain) -> bool:
    return bool(info["recipe"]["strategy"]["name"] == "probe")


def _solved(contents: PaperContents) -> Sentence:
    solved = [of[0] for of in contents.trained.values() if _is_solved(of[0])]
    several = len(contents.study.training.seeds) > 1 and all(info["weights"] != "none" for info in solved)
    same, same_ko = (", and every seed gives the same", "(시드가 달라도 결과가 같다)") if several else ("", "")
    return Sentence(
        "Heads of probe recipes are multinomial logistic regressions on standardised features, solved to their optimum "
        "by Newton's method, with an L2 penalty chosen on the validation photos; they have no epochs and no learning "
        f"rate{same}.",
        "probe 레시피의 헤드는 표준화한 특징에 대한 다항 로지스틱 회귀로, 검증 사진으로 고른 L2 벌점 아래 뉴턴 "
        f"방법으로 최적해를 구하였다. 에포크와 학습률이 없다{same_ko}.",
    )


def _by_epochs(infos: Sequence[Plain], contents: PaperContents) -> Sentence:
    """Of recipes that learn epoch by epoch."""
    how, seeds = infos[0]["training"], ", ".join(map(str, contents.study.training.seeds))
    recipes = [info["recipe"] for info in infos]
    loss, optimizer, scheduler = (
        _with_sources(plural, (recipe[kind] for recipe in recipes))
        for kind, plural in (("loss", "losses"), ("optimizer", "optimizers"), ("scheduler", "schedulers"))
    )
    heads = _with_sources("heads", (recipe["head"] for recipe in recipes))
    changes = _with_sources("augmentations", (one for recipe in recipes for one in recipe["augmentation"]))
    epochs, patience = how["epochs"], how["patience"]
    others, others_ko = (
        ("All others", "그 밖의 레시피는") if len(infos) < len(contents.trained) else ("All", "레시피는")
    )
    return Sentence(
        f"{others} were trained for at most {counted(epochs, 'epoch')} in batches of {how['batch_size']}, ended after "
        f"{counted(patience, 'epoch')} without a lower validation loss; the weights of the lowest were kept. Head: "
        f"{heads}; loss: {loss}; optimizer: {optimizer}; schedule of the learning rate: {scheduler}; augmentation of "
        f"training photos: {changes or 'none'}; seeds: {seeds}. The tables of settings and of training have every "
        "value.",
        f"{others_ko} 배치 크기 {how['batch_size']}, 최대 {epochs}에포크의 조건으로 학습하되, 검증 손실이 "
        f"{patience}에포크 동안 낮아지지 않으면 멈추고 손실이 가장 낮은 때의 가중치를 남겼다. 헤드: {heads}, 손실: "
        f"{loss}, 옵티마이저: {optimizer}, 스케줄러: {scheduler}, 학습 사진의 증강: {changes or '없음'}, 시드: "
        f"{seeds}. 모든 값은 설정 표와 학습 표에 있다.",
    )


def _with_sources(kind: str, choices: Iterable[Mapping[str, object]]) -> str:
    names = dict.fromkeys(str(choice["name"]) for choice in choices)
    return ", ".join(f"{name}{cite(keys_of(kind, name))}" for name in names)


def _derived(contents: PaperContents) -> list[Sentence]:
    names = [one["name"] for one in contents.evaluation["recipes"] if one.get("derived_from")]
    if not names:
        return []
    return [
        Sentence(
            f"Made from trained recipes, without further training: {', '.join(names)}.",
            f"추가 학습 없이 학습한 레시피에서 만든 것: {', '.join(names)}.",
        )
    ]


def _searched(contents: PaperContents) -> list[Sentence]:
    return [
        Sentence(
            f"The settings of {name} were chosen among those by validation photos.",
            f"{name}의 설정은 그 가운데 검증 사진으로 고른 것이다.",
        )
        for name in contents.trained
        if "(best of " in name
    ]
