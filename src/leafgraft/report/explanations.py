"""The words that a page explains where they stand: one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from leafgraft.languages.catalogue import catalogue
from leafgraft.languages.speaking import said, speaking, word

CONTEXT = "explained"  # of single words in the catalogue


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one word means, in one sentence; both in Korean, too, as the catalogue has them."""

    word: str
    sentence: str

    @property
    def word_ko(self) -> str:
        """The word in Korean."""
        with speaking("ko"):
            return word(self.word, CONTEXT)

    @property
    def sentence_ko(self) -> str:
        """The sentence in Korean."""
        return catalogue("ko").say(self.sentence)


EXPLANATIONS: Mapping[str, Explanation] = {
    "interval": Explanation(
        "95% interval",
        "The values that these photos leave likely: made anew from other photos of the same kind, 95 of 100 such "
        "intervals hold the true value.",
    ),
    "inflation": Explanation(
        "inflation",
        "What a plain random split adds to the accuracy over a split that keeps photos of one leaf together: it "
        "is leak, not skill.",
    ),
    "floor": Explanation(
        "floor",
        "The accuracy that needs no leaf: the largest class, border pixels, colour, background or metadata alone "
        "reach it.",
    ),
    "not_above_floor": Explanation(
        "may not look at the leaf",
        "The recipe's 95% interval reaches down to a floor, so these photos do not show that it uses the leaf "
        "rather than its surroundings.",
    ),
    "tier": Explanation(
        "tier",
        "Tier 1 is the set of recipes that holds the most accurate one with 95%; tier 2 is the same among the "
        "rest, and so on.",
    ),
    "probe": Explanation(
        "probe",
        "The best linear head on features of a pretrained network that stays as it is: it shows what these "
        "features already tell of the classes.",
    ),
    "macro_f1": Explanation(
        "macro-F1",
        "F1, which joins precision and recall, of each class, and the mean of these: small classes count as much "
        "as large ones.",
    ),
    "balanced_accuracy": Explanation(
        "balanced accuracy",
        "The share of photos that is right in each class, and the mean of these shares: small classes count as "
        "much as large ones.",
    ),
    "log_loss": Explanation(
        "log loss",
        "How surprising the true classes are to the probabilities that were given: 0 is perfect, and a confident "
        "error costs most.",
    ),
    "calibration_error": Explanation(
        "calibration error",
        "How far confidence and the share of right answers lie apart on average: at 0, of 100 answers given with "
        "90% confidence 90 are right.",
    ),
    "cka": Explanation(
        "CKA",
        "Centred kernel alignment: how alike two networks' features of the same photos are, from 0 for nothing in "
        "common to 1 for the same.",
    ),
    "conformal_set": Explanation(
        "conformal set",
        "The classes that stay possible for a photo, as many as it takes for the true one to be among them as "
        "often as promised on photos like those at home.",
    ),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """What one page explains.

    Attributes:
        numbers: Number of each word, from 1, in the order in which they first stand on the page.
    """

    numbers: dict[str, int] = field(default_factory=dict)

    def explain(self, key: str) -> Markup:
        """A button that opens the sentence of a word; in print, the number of its note."""
        number = self.numbers.setdefault(key, len(self.numbers) + 1)
        return Markup(
            '<button type="button" class="explain" popovertarget="word-{}" data-note="{}" aria-label="{}">?</button>'
        ).format(key, number, said(f"What does “{word(EXPLANATIONS[key].word, CONTEXT)}” mean?"))

    def notes(self) -> list[tuple[int, str, Explanation]]:
        """Number, key and explanation of every word that was explained so far."""
        return [(number, key, EXPLANATIONS[key]) for key, number in self.numbers.items()]
