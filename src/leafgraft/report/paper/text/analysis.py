"""The methods of a study in both languages: statistics, what was measured besides, programs and machine."""

from __future__ import annotations

from leafgraft.records.display import counted
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.terms import Sentence
from leafgraft.report.paper.text.references import cite


def intervals(contents: PaperContents) -> Sentence:
    """Of every figure."""
    seeds = contents.evaluation["seeds"]
    shares, groups, classes = cite(["wilson1927", "korn1998"]), cite(["field2007"]), cite(["zou2008"])
    english = (
        f"Figures are of {counted(contents.evaluation['rows'], 'test photo')} of "
        f"{counted(contents.evaluation['groups'], 'leaf', 'leaves')}. Intervals are at 95%, from the bootstrap over "
        f"leaves{groups}; those of shares are Wilson's at the effective number of photos{shares}. "
        "That of balanced accuracy is put together from those of the classes, so that small classes leave it "
        f"wide{classes}; that of macro-F1 reaches at least as far."
    )
    korean = (
        f"수치는 잎 {contents.evaluation['groups']:,}개의 테스트 사진 {contents.evaluation['rows']:,}장에서 구하였다. "
        f"95% 신뢰구간은 잎을 단위로 한 부트스트랩으로 구하였으며{groups}, 비율의 신뢰구간은 유효 사진 수에 대한 윌슨 "
        f"구간이다{shares}. 균형 정확도의 신뢰구간은 클래스별 구간을 합쳐 구하여 작은 클래스의 불확실성이 "
        f"드러나며{classes}, 매크로 F1의 신뢰구간은 적어도 그만큼 넓다."
    )
    if seeds > 1:
        freedom = cite(["satterthwaite1946"])
        english += (
            f" The measured spread of {seeds} seeds is added to the variance; the quantile is Student's t with "
            f"Satterthwaite's degrees of freedom{freedom}."
        )
        korean += f" 시드 {seeds}개 사이의 산포를 분산에 더하고, 자유도는 새터스웨이트 방법으로 정하였다{freedom}."
    else:
        english += " One seed was trained, so they speak of the trained models alone."
        korean += " 시드가 하나이므로 신뢰구간은 학습된 그 모델에 대한 것이다."
    return Sentence(english, korean)


def comparisons(contents: PaperContents) -> Sentence:
    """Of every two recipes, and of all."""
    pairs = contents.evaluation["pairs"]
    if not pairs:
        return Sentence("", "")
    exact, joint = cite(["fagerland2013"]), cite(["romano2005"])
    tiers, needed, discrete = cite(["hansen2011"]), cite(["connor1987"]), cite(["tarone1990"])
    several = contents.evaluation["seeds"] > 1
    scatter, scatter_ko = (", or the t test of the interval if its p is larger", "(구간의 t 검정 p 값이 더 크면 그 값)")
    if not several:
        scatter, scatter_ko = "", ""
    return Sentence(
        f"Recipes were compared photo by photo, {counted(len(pairs), 'pair')} in all: exact mid-p of flipping the "
        f"signs of whole leaves, which is McNemar's test where each leaf has one photo{exact}{scatter}. p values were "
        "corrected for all pairs together by the step-down largest differences of one joint bootstrap of all "
        f"recipes{joint}, where a drawn difference goes no further than the exact test of its pair can{discrete}; a "
        "difference is shown if the corrected p is below 0.05. Tier 1 is the set that holds the best recipe with "
        f"95%{tiers}, tier 2 the same among the rest. The photos needed to separate two recipes are those for a power "
        f"of 80% at the observed disagreement{needed}.",
        f"레시피 {len(pairs):,}쌍을 사진별로 짝지어 비교하였다. p 값은 잎 단위로 부호를 뒤집는 정확 검정의 mid-p "
        f"값이며, 잎마다 사진이 한 장이면 맥니마 검정과 같다{exact}{scatter_ko}. p 값은 모든 레시피의 결합 "
        f"부트스트랩에서 얻은 최대 차이로 단계적으로 모든 쌍에 대해 보정하였으며{joint}, 이때 뽑은 차이는 그 쌍의 "
        f"정확 검정이 이를 수 있는 범위까지만 반영하였다{discrete}. 보정한 p 값이 0.05보다 작으면 차이가 확인된 "
        f"것으로 보았다. 1등급은 가장 좋은 레시피를 95% 신뢰수준에서 포함하는 집합이고{tiers}, 2등급은 나머지에서 "
        "같은 방법으로 정하였다. 두 레시피를 구별하는 데 필요한 사진 수는 관찰된 불일치에서 검정력 80%를 얻는 "
        f"수이다{needed}.",
    )


def choice(contents: PaperContents) -> Sentence:
    """What was chosen on which photos, and when test labels were read."""
    when = f" ({contents.opened})" if contents.opened else ""
    later = contents.verdict.get("seen_after_test", ())
    english = (
        "The recommended recipe was chosen on the validation photos; test labels were read once all had been trained"
        f"{when}."
    )
    korean = f"추천 레시피는 검증 사진만으로 골랐으며, 테스트 라벨은 모든 학습이 끝난 뒤에 읽었다{when.lstrip()}."
    if later:
        english += f" Added after that: {', '.join(later)}."
        korean += f" 그 뒤에 추가한 레시피: {', '.join(later)}."
    return Sentence(english, korean)


def measurements(contents: PaperContents) -> Sentence:
    """Floors, leak, calibration, learning curve: as far as they were measured."""
    english, korean = [], []
    if floors := contents.audit.get("floors"):
        named = ", ".join(name.replace("_", " ") for name in floors)
        english.append(f"Accuracies that need no leaf were measured by cross-validation on the same photos: {named}.")
        korean.append("잎을 보지 않고 얻는 정확도를 같은 사진의 교차 검증으로 측정하였다.")
    leak = contents.verdict.get("inflation")
    if leak and leak["shared_leaves"]:
        repeats, of = leak["repeats"], leak.get("recipe", "")
        source = cite(["nadeau2003"])
        english.append(
            f"What photos of one leaf on both sides of a split add was measured with {of}, over "
            f"{counted(repeats, 'pair')} of splits{source}."
        )
        korean.append(f"같은 잎의 사진이 양쪽에 들어갈 때 부풀려지는 정확도는 분할 {repeats}쌍으로 측정하였다{source}.")
    calibrated = cite(["guo2017"])
    english.append(f"Calibration error has 15 bins of equal width{calibrated}.")
    korean.append(f"확신도 보정 오차는 너비가 같은 15개 구간으로 구하였다{calibrated}.")
    if any(curve["exponent"] for curve in contents.curves):
        law = cite(["hestness2017"])
        english.append(f"Learning curves are power laws of the number of training photos{law}.")
        korean.append(f"학습 곡선은 학습 사진 수의 거듭제곱 법칙으로 적합하였다{law}.")
    return Sentence(" ".join(english), " ".join(korean))


def declining(contents: PaperContents) -> Sentence:
    """What the exported model does with photos that it is not sure of."""
    if not contents.bundle:
        return Sentence("", "")
    conformal, known = contents.bundle["conformal"], contents.bundle["known_leaf"]
    sets, distance = cite(["sadinle2019", "angelopoulos2023"]), cite(["lee2018", "ledoit2004"])
    coverage, acceptance = (f"{100 * one:.0f}%" for one in (conformal["coverage"], known["acceptance"]))
    return Sentence(
        f"The exported model is calibrated by one temperature{cite(['guo2017'])}; it answers where a conformal set at "
        f"{coverage} holds one class{sets}, and declines photos whose features lie further from every class than those "
        f"of {acceptance} of the validation photos (Mahalanobis distance{distance}).",
        f"내보낸 모델은 온도 하나로 보정하였다{cite(['guo2017'])}. {coverage} 등각 예측(conformal prediction) 집합에 "
        f"클래스가 하나일 때 답하며{sets}, 특징이 검증 사진의 {acceptance}보다 모든 클래스에서 멀면(마할라노비스 "
        f"거리{distance}) 답하지 않는다.",
    )


def machine(contents: PaperContents) -> Sentence:
    """Programs, device, time and date."""
    infos = [info for of in contents.trained.values() for info in of]
    devices = ", ".join(dict.fromkeys(str(info["device"]) for info in infos))
    engines = ", ".join(dict.fromkeys(str(info["engine"]) for info in infos if info.get("engine")))
    torch = ", ".join(dict.fromkeys(str(info["versions"]["torch"]) for info in infos))
    python = ", ".join(dict.fromkeys(str(info["versions"]["python"]) for info in infos))
    minutes = f"{sum(float(info['train_seconds']) for info in infos) / 60:,.1f}"
    used = f"leafgraft {contents.version}{cite(['leafgraft'])}, PyTorch {torch}{cite(['paszke2019'])}, Python {python}"
    frozen, frozen_ko = (f" (frozen stages: {engines})", f"(고정한 단계: {engines})") if engines else ("", "")
    return Sentence(
        f"{used}. Device: {devices}{frozen}; {counted(len(infos), 'trial')}, {minutes} min of training; "
        f"{contents.run['date']}.",
        f"{used}. 장치: {devices}{frozen_ko}, 시행 {len(infos)}개, 학습 {minutes}분, {contents.run['date']}.",
    )
