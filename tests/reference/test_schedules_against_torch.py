import warnings

import pytest
import torch
from torch.optim import lr_scheduler

from leafgraft.choices.menu import settings
from leafgraft.choices.schedulers.build import build_schedule
from leafgraft.records.recipe import Choice

EPOCHS, STEPS, RATE = 12, 7, 0.3


def ours(name, epochs=EPOCHS, steps=STEPS, **given):
    return build_schedule(Choice(name, settings("schedulers", Choice(name, given))), epochs, steps)


def optimizer_at(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def rates_of(scheduler, optimizer, count):
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no weight is moved here
        for _ in range(count):
            rates.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
    return rates


def by_step(schedule, epochs=EPOCHS, steps=STEPS):
    return [RATE * schedule.factor(epoch, step) for epoch in range(epochs) for step in range(steps)]


def test_cosine():
    optimizer = optimizer_at(RATE)
    theirs = lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * STEPS, eta_min=0.1 * RATE)
    assert by_step(ours("cosine", floor=0.1)) == pytest.approx(rates_of(theirs, optimizer, EPOCHS * STEPS))


def test_cosine_after_a_rise():
    rates = by_step(ours("cosine", warmup_epochs=2.0))
    assert rates[: 2 * STEPS] == pytest.approx([RATE * (step + 1) / (2 * STEPS) for step in range(2 * STEPS)])
    optimizer = optimizer_at(RATE)
    theirs = lr_scheduler.CosineAnnealingLR(optimizer, (EPOCHS - 2) * STEPS)
    assert rates[2 * STEPS :] == pytest.approx(rates_of(theirs, optimizer, (EPOCHS - 2) * STEPS))


@pytest.mark.parametrize("warmup_epochs", [0.01, 0.5, 1.5, 2.1])
def test_cosine_never_rises_above_its_peak(warmup_epochs):
    assert max(by_step(ours("cosine", warmup_epochs=warmup_epochs))) <= RATE
    assert max(by_step(ours("cosine", steps=1, warmup_epochs=warmup_epochs), steps=1)) <= RATE


@pytest.mark.parametrize(("epochs", "steps"), [(EPOCHS, STEPS), (1, 40), (40, 1)])
@pytest.mark.parametrize("rise", [0.3, 0.5, 0.9])
def test_one_cycle(epochs, steps, rise):
    theirs = lr_scheduler.OneCycleLR(optimizer_at(RATE), RATE, total_steps=epochs * steps, pct_start=rise)
    rates = [theirs.optimizer.param_groups[0]["lr"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(epochs * steps - 1):
            theirs.step()
            rates.append(theirs.optimizer.param_groups[0]["lr"])
    assert by_step(ours("one_cycle", epochs, steps, rise=rise), epochs, steps) == pytest.approx(rates, abs=1e-9)


@pytest.mark.parametrize(("step_size", "gamma"), [(7, 0.1), (3, 0.5), (1, 1.0)])
def test_step(step_size, gamma):
    optimizer = optimizer_at(RATE)
    theirs = lr_scheduler.StepLR(optimizer, step_size, gamma)
    schedule = ours("step", step_size=step_size, gamma=gamma)
    mine = [RATE * schedule.factor(epoch, 3) for epoch in range(EPOCHS)]
    assert mine == pytest.approx(rates_of(theirs, optimizer, EPOCHS))


@pytest.mark.parametrize(("patience", "factor"), [(2, 0.5), (0, 0.1), (4, 0.9)])
def test_plateau(patience, factor):
    generator = torch.Generator().manual_seed(patience)
    losses = [*(torch.rand(60, generator=generator) + torch.linspace(1, 0.6, 60)).tolist(), 0.5, 0.49999, 0.4]
    optimizer = optimizer_at(RATE)
    theirs = lr_scheduler.ReduceLROnPlateau(optimizer, factor=factor, patience=patience, eps=0)
    schedule = ours("plateau", factor=factor, patience=patience)
    for epoch, loss in enumerate(losses):
        assert RATE * schedule.factor(epoch, 0) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        theirs.step(loss)
        schedule.observe(loss)
    assert schedule.factor(0, 0) < 1
