"""What runs, trainings, adaptations and answers say in Korean: sentences that are joined from parts."""

from __future__ import annotations

import pytest

from leafgraft.languages.catalogue import catalogue


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (
            "resnet18: pretrained weights (79e5); squeezenet1_1: pretrained weights (8c33)",
            "resnet18: 사전 학습된 가중치(79e5), squeezenet1_1: 사전 학습된 가중치(8c33)",
        ),
        (
            "squeezenet1_1 frozen, seed 0: validation 83.3%, 12 epochs, 0.5 s",
            "squeezenet1_1 frozen, 시드 0: 검증 83.3%, 12에포크, 0.5초",
        ),
        (
            "squeezenet1_1 probe, seed 1, fold 2: validation 83.3%, at its optimum, 0.5 s",
            "squeezenet1_1 probe, 시드 1, 폴드 2: 검증 83.3%, 최적해, 0.5초",
        ),
        (
            "Find the rate of squeezenet1_1 frozen: 120 in 0.1 s",
            "학습률 찾기: squeezenet1_1 frozen: 120개, 0.1초",
        ),
        (
            (
                "resnet18 full, seed 0: failed. A step must fit into memory. It does not, with 32 photos a batch "
                "at 224 px. Lower batch_size or image_size."
            ),
            (
                "resnet18 full, 시드 0: 실패. 한 번의 학습 계산이 메모리에 들어가야 합니다. 배치에 사진 32장, "
                "224px로는 들어가지 않습니다. batch_size나 image_size를 줄이세요."
            ),
        ),
        (
            "resnet18 full, seed 0: the worker process 123 was killed (SIGKILL). The trial is tried again.",
            "resnet18 full, 시드 0: 작업 프로세스 123이 강제로 종료되었습니다(SIGKILL). 시행을 다시 합니다.",
        ),
        (
            ("'out/a' must hold the state of a trial. It cannot be read: its checksum differs. The trial starts anew."),
            (
                "'out/a'에 시행의 상태가 있어야 합니다. 읽을 수 없습니다: 체크섬이 다릅니다. 시행을 처음부터 다시 "
                "합니다."
            ),
        ),
        (
            (
                "2 trials are stale: k1, k2; trained before labels, photos, their names or groups were changed. The "
                "study's trials are trained anew."
            ),
            (
                "더는 유효하지 않은 시행 2개: k1, k2. 라벨, 사진, 사진 이름, 그룹을 바꾸기 전에 학습한 것입니다. "
                "연구의 시행을 다시 학습합니다."
            ),
        ),
        (
            (
                "1 trial is stale: k1; the split is another one: other photos are test photos. The study's trials are "
                "trained anew."
            ),
            (
                "더는 유효하지 않은 시행 1개: k1. 분할이 달라져 다른 사진이 테스트 사진입니다. 연구의 시행을 다시 "
                "학습합니다."
            ),
        ),
        (
            ("2 recipes were tested and are left out of the study since the test rows were seen. The page says so."),
            "테스트 결과를 본 뒤에 연구에서 뺀 것: 레시피 2개. 보고서에 적습니다.",
        ),
        (
            "A fair comparison of all that was tested: 1 recipe was tested and is left out of the study since.",
            "테스트한 것을 모두 공정하게 비교했다는 주장: 테스트 뒤에 레시피 1개를 연구에서 뺐습니다.",
        ),
        (
            (
                "Groups given: 12 photos in 4 groups; 3 photos without one, each alone unless its pixels show a "
                "known leaf."
            ),
            ("주어진 그룹: 사진 12장, 그룹 4개. 그룹이 없는 사진 3장은 화소로 아는 잎이 아니면 하나씩 따로 봅니다."),
        ),
        (
            ("It holds a study of 100 photos; photos that differ: 3 new, 2 no longer there, 1 under another label."),
            (
                "사진 100장의 연구가 들어 있습니다. 지금 지정한 사진과 다른 점: 새것 3장, 없어진 것 2장, 라벨이 "
                "다른 것 1장."
            ),
        ),
        (
            "Left out: 4 photos are not there: a.jpg, b.jpg, c.jpg and 1 more.",
            "제외: 파일이 없는 사진 4장: a.jpg, b.jpg, c.jpg 외 1개.",
        ),
        (
            ("No new bundle, as home is shown worse: 62.5% to 65.0% of 40 photos right; at home 95.0% to 90.0%."),
            (
                "새 번들 없음(학습에 쓴 사진과 같은 곳에서 나빠짐): 사진 40장 가운데 정답 62.5% → 65.0%, 학습에 "
                "쓴 사진과 같은 곳에서 95.0% → 90.0%."
            ),
        ),
        (
            (
                "vgg16 frozen of 3 networks, with the lowest log loss in the place by cross-validation over "
                "groups; inverse penalty 0.01, labels of the place weigh 4 times home, 12 close-up crops of home, "
                "the surest answers of all networks together to 40 unlabelled photos of the place, each photo of the "
                "place in 3 views."
            ),
            (
                "신경망 3개 가운데 vgg16 frozen: 그룹별 교차 검증에서 그 장소의 로그 손실이 가장 낮습니다. 벌점의 "
                "역수 0.01, 그 장소 라벨의 무게는 학습에 쓴 사진의 4배, 학습에 쓴 사진을 가까이 자른 것 12장, 그 "
                "장소의 라벨 없는 사진 40장에 모든 신경망이 가장 확실하게 한 답, 그 장소의 사진마다 3가지 모습."
            ),
        ),
        (
            "'picks.csv' suggests one, 'Healthy'.",
            "'picks.csv'가 제안하는 클래스는 'Healthy' 하나뿐입니다.",
        ),
        (
            "image_size: {first: 32, ...} needs epochs in which the whole network learns, within its first 5.",
            "image_size: {first: 32, ...}에는 처음 5에포크 안에 신경망 전체가 학습하는 에포크가 필요합니다.",
        ),
        (
            "380 train, 80 validation, 81 test (drawn with seed 0, leaves kept together, 5 folds)",
            "학습 380장, 검증 80장, 테스트 81장(시드 0으로 뽑음, 같은 잎은 한쪽에만 둠, 폴드 5개)",
        ),
        (
            "floors, suspected labels, 12 of 20 trials, the diagnosis of vgg16 frozen",
            "잎 없이 얻는 정확도, 틀린 것으로 보이는 라벨, 시행 20개 가운데 12개, vgg16 frozen의 원인 분석",
        ),
        (
            "12, seeds [0, 1, 2], 1,234 s of training",
            "시행 12개, 시드 0, 1, 2, 학습 1,234초",
        ),
        (
            "Line 2, column 5 cannot be read; the YAML reader says: expected ',' or ']', but got ':'.",
            "2번째 줄 5번째 글자에서 읽지 못했습니다. YAML 해석기가 알린 내용: expected ',' or ']', but got ':'.",
        ),
        ("Page  http://127.0.0.1:8000/abc/", "페이지  http://127.0.0.1:8000/abc/"),
        (
            "resnet18: random weights; vgg16: IMAGENET1K_V1 weights (abc)",
            "resnet18: 무작위 가중치, vgg16: IMAGENET1K_V1 가중치(abc)",
        ),
        (
            (
                "Never tested outdoors. On photos of home 9 of 10 answers were right (80.0% to 95.0%), measured "
                "on 60 photos of home."
            ),
            (
                "야외에서는 확인한 적이 없습니다. 학습에 쓴 사진과 같은 곳의 사진에서는 답 10개 중 9개가 "
                "맞았습니다(80.0%~95.0%, 사진 60장)."
            ),
        ),
        (
            (
                "Do not act on this. On photos like these 4 of 10 answers were right (34.3% to 59.5%), measured "
                "on 60 photos of field, counting photos that it would decline."
            ),
            (
                "이 답만 믿고 조치하지 마세요. 이런 사진에서는 답 10개 중 4개가 맞았습니다(34.3%~59.5%). "
                "field에서 찍은 사진 60장으로 확인한 결과이며, 답을 미루었을 사진까지 센 수치입니다."
            ),
        ),
    ],
)
def test_sentences_of_joined_parts_are_said_whole(english: str, korean: str) -> None:
    assert catalogue("ko").say(english) == korean
