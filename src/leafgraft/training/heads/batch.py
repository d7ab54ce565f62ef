"""All heads of one shape on the same kept features, trained together: each as if alone, at a fraction of the time.

Seeds, losses, optimizers, rates and schedulers may differ. Every head has its own order of photos, its own masks, its
own early stopping, checkpoint and folder.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from leafgraft.errors import TrainingError
from leafgraft.records.progress import Progress
from leafgraft.records.strategy import Phase
from leafgraft.storage.files.event_log import memory_bytes
from leafgraft.training.fit.batches import TrialFeed
from leafgraft.training.fit.early_stopping import Row
from leafgraft.training.fit.loop import check_loss, dropout_seed, mean_loss, threads
from leafgraft.training.fit.saved_state import save_fit
from leafgraft.training.heads.layers import Batch, filled
from leafgraft.training.heads.member import Loss, Member, choice_text
from leafgraft.training.heads.optimizers import HeadOptimizers
from leafgraft.training.heads.stacked import StackedHead, stack
from leafgraft.training.photos.photo_rows import epoch_batches

CHECKPOINT_EVERY_S = 2.0
CHECKPOINT_SHARE = 0.05  # of the time, at most, goes into checkpoints


@dataclass(slots=True, eq=False)
class HeadBatch:
    """Heads that stand at the same epoch.

    Attributes:
        feed: Kept features and targets; of any of the trials.
        standardise: What the heads read of the features.
        phase: The one phase that they have.
        fingerprint: Fingerprint of what they are trained on.
        progress: Shows how far they are.
        title: For the person.
        members: Those that go on; those that an optimizer moves alike lie together, and in them those of one seed.
    """

    feed: TrialFeed
    standardise: nn.Module
    phase: Phase
    fingerprint: str
    progress: Progress
    title: str
    members: list[Member]
    _stacked: StackedHead = field(init=False)
    _optimizers: HeadOptimizers = field(init=False)
    _losses_of: list[tuple[Loss, Tensor]] = field(init=False)
    _places: Tensor = field(init=False)
    _saved_s: float = field(default_factory=time.monotonic)
    _pause_s: float = 0.0

    def __post_init__(self) -> None:
        """Put the heads side by side."""
        self._put_together()

    def run(self) -> Iterator[Member]:
        """Train until every member has stopped or failed; each is given out as soon as it has."""
        epochs, first = self.members[0].trial.training.epochs, self.members[0].fit.epoch
        with self.progress.task(self.title, epochs) as advance:
            advance(first)
            while self.members:
                if ended := [member for member in self.members if member.failed or member.fit.stopped]:
                    yield from self._let_go(ended)
                else:
                    self._train_an_epoch(self.members[0].fit.epoch)
                    self._save()
                    advance(1)

    def _let_go(self, ended: Sequence[Member]) -> Iterator[Member]:
        """Give out those that have ended; the others go on."""
        for number, member in enumerate(self.members):
            member.head.load_state_dict(self._stacked.views[number])
            member.moments = self._optimizers.moments(number)
        self.members = [member for member in self.members if member not in ended]
        yield from ended
        if self.members:
            self._put_together()

    def _train_an_epoch(self, epoch: int) -> None:
        started_s = time.perf_counter()
        self.feed.enter(self.phase, epoch)  # with every thread: it may compute what is kept
        with threads(1), torch.random.fork_rng(devices=[]):
            losses, hits = self._epoch(epoch)
            validation = self._validation()
        share_s = (time.perf_counter() - started_s) / len(self.members)
        for number, member in enumerate(self.members):
            rate = self._optimizers.rate(number)
            figures = {
                "train_loss": float(losses[number]) / len(self.feed),
                "train_accuracy": int(hits[number]) / len(self.feed),
                **validation[number],
                "learning_rate": rate,
                "rates": f"head={rate:.4g}",
                "seconds": share_s,
            }
            self._conclude(number, member, figures)

    def _put_together(self) -> None:
        """Lay the members side by side, those that an optimizer moves alike beside each other."""
        alike = list(dict.fromkeys(member.moves(self.phase) for member in self.members))
        self.members.sort(key=lambda member: (alike.index(member.moves(self.phase)), member.seed))
        groups = [member.moves(self.phase) for member in self.members]
        seeds = [member.seed for member in self.members]
        self._stacked = stack([member.head for member in self.members], seeds, groups)
        self._optimizers = HeadOptimizers(self._stacked, self.members, self.phase)
        by_loss: dict[str, list[int]] = {}
        for number, member in enumerate(self.members):
            by_loss.setdefault(choice_text(member.trial.recipe.loss), []).append(number)
        chosen = [torch.tensor(numbers, device=self._stacked.seed_of.device) for numbers in by_loss.values()]
        losses = [self.members[numbers[0]].loss for numbers in by_loss.values()]
        self._losses_of = list(zip(losses, chosen, strict=True))
        self._places = torch.argsort(torch.cat(chosen))

    def _epoch(self, epoch: int) -> tuple[Tensor, Tensor]:
        """One pass over the training photos: sum of losses and right answers of each head."""
        seeds = list(dict.fromkeys(member.seed for member in self.members))
        size = self.members[0].trial.training.batch_size
        orders = [epoch_batches(len(self.feed), size, seed, epoch) for seed in seeds]
        chance = [torch.Generator().manual_seed(dropout_seed(seed, epoch)) for seed in seeds]
        losses = torch.zeros(len(self.members), dtype=torch.float64)
        hits = torch.zeros(len(self.members), dtype=torch.int64)
        for step in range(len(orders[0])):
            self._optimizers.set_rates(epoch, step)
            pairs = [self.feed.batch(order[step], epoch) for order in orders]
            counts = [self.feed.counts(order[step]) for order in orders]
            loss, right = self._step(pairs, counts, chance)
            losses += loss
            hits += right
        return losses, hits

    def _step(
        self, pairs: Sequence[tuple[Tensor, Tensor]], counts: Sequence[Tensor | None], chance: list[torch.Generator]
    ) -> tuple[Tensor, Tensor]:
        """One step of every head: sum of losses and right answers."""
        rows = len(pairs[0][0])
        features = [filled(self.standardise(rows_of_seed)) for rows_of_seed, _ in pairs]
        targets = torch.stack([filled(wanted) for _, wanted in pairs])

        def draw(width: int, probability: float) -> Tensor:
            masks = [torch.empty(rows, width).bernoulli_(1 - probability, generator=one) for one in chance]
            kept = torch.stack([filled(mask.div_(1 - probability)) for mask in masks])
            return kept.to(features[0].device)

        self._stacked.zero_grad()
        logits = self._stacked(Batch(features, rows, draw))
        wanted = targets.index_select(0, self._stacked.seed_of)
        of_seed = [one for one in counts if one is not None]
        counts_mp = torch.stack(of_seed).index_select(0, self._stacked.seed_of) if of_seed else None
        loss = self._losses(logits, wanted, counts_mp, rows)
        loss.sum().backward()  # type: ignore[no-untyped-call]
        self._optimizers.step()
        right = (logits.detach().argmax(dim=2) == wanted.argmax(dim=2))[:, :rows].sum(dim=1)
        return loss.detach().cpu().double() * rows, right.cpu()

    def _losses(self, logits_mpc: Tensor, targets_mpc: Tensor, counts_mp: Tensor | None, rows: int) -> Tensor:
        """Mean loss of each head over the photos of its batch, shape (M,)."""
        parts = []
        for loss_of, chosen in self._losses_of:
            logits, targets = (one.index_select(0, chosen).flatten(0, 1) for one in (logits_mpc, targets_mpc))
            counts = None if counts_mp is None else counts_mp.index_select(0, chosen)
            parts.append(mean_loss(loss_of(logits, targets).view(len(chosen), -1)[:, :rows], counts))
        return torch.cat(parts).index_select(0, self._places)

    def _validation(self) -> list[dict[str, float]]:
        """Cross-entropy and accuracy of each head on the validation photos."""
        features, labels = self.feed.held_out_features()
        with torch.no_grad():
            logits_mvc = self._stacked(Batch([filled(self.standardise(features))], len(features)))[:, : len(features)]
        return [
            {
                "validation_loss": float(cross_entropy(logits, labels)),
                "validation_accuracy": float((logits.argmax(dim=1) == labels).float().mean()),
            }
            for logits in logits_mvc
        ]

    def _conclude(self, number: int, member: Member, figures: Row) -> None:
        """Note a member's epoch."""
        try:
            for name in ("train_loss", "validation_loss"):
                check_loss(figures[name], member.trial.recipe, member.fit.epoch)
        except TrainingError as error:
            member.failed = error
            return
        member.schedule.observe(figures["validation_loss"])
        if member.fit.end_epoch(figures, self.phase, self.phase, member.trial.training):
            member.best = {f"head.{name}": view.clone() for name, view in self._stacked.views[number].items()}
        told = {"stage": "training", "trial": member.trial.key, "seed": member.seed, "memory": memory_bytes()}
        self.progress.note("epoch", **told, **member.fit.history[-1])

    def _save(self) -> None:
        """Write the checkpoint of every member, now and then."""
        begun_s = time.monotonic()
        if begun_s - self._saved_s < max(CHECKPOINT_EVERY_S, self._pause_s):
            return
        for number, member in enumerate(self.members):
            now = {f"head.{name}": view for name, view in self._stacked.views[number].items()}
            parts = {"now": now, "best": member.best, "optimizer": self._optimizers.moments(number)}
            if not member.failed:
                save_fit(member.folder, parts, member.fit, member.schedule, self.fingerprint)
        self._saved_s = time.monotonic()
        self._pause_s = (self._saved_s - begun_s) / CHECKPOINT_SHARE
