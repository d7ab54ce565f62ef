"""Answers on stdout: tables for a person at 80 columns, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from leafgraft.cli.rows import print_rows
from leafgraft.cli.streams import answer
from leafgraft.languages.editions import spoken_edition
from leafgraft.languages.speaking import Name, said
from leafgraft.records.correction import corrections_words
from leafgraft.records.display import (
    counted,
    duration,
    finding_line,
    first_of,
    floors_words,
    missed_words,
    not_measured_words,
    of_places,
    percent,
    plan_sum,
    recipe_rows,
    shared_work,
    size,
    span,
)
from leafgraft.records.evaluation import pairs_words

if TYPE_CHECKING:
    from leafgraft.evaluation.comparison.counts import PairedCounts
    from leafgraft.records.finding import Audit
    from leafgraft.study.commands.compare import Comparison
    from leafgraft.study.results import Exported, Results

SHOWN_PHOTOS = 3
ZIPPED = (
    "PUBLISH.txt in it has the steps for GitHub Pages, Netlify Drop and a server of your own. Whoever knows the "
    "address can then download the network, its class names and its figures; no photo of yours is in it."
)
COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def show(value: object, printed: Callable[..., None], *shown: Any, as_json: bool) -> None:
    """Print `value` as JSON for programs, or what is `shown` (the same, if nothing is named) for a person."""
    if as_json:
        print_json(value)
    else:
        printed(*(shown or (value,)))


def print_json(value: object) -> None:
    """Print one JSON value and nothing else."""
    from leafgraft.storage.files.atomic import to_json  # noqa: PLC0415 - tables need it not

    answer.file.write(to_json(value) + "\n")
    answer.file.flush()  # a full disk is said while there is somebody to say it


def run_to_json(results: Results) -> dict[str, Any]:
    """What `run --json` prints; null for what was left out."""
    return {
        "study_dir": str(results.folder),
        "left_out": results.left_out,
        "page": str(results.page) if results.page else None,
        "verdict": results.verdict or None,
        "evaluation": results.evaluation or None,
        "findings": results.findings,
        "corrections": results.audit.get("corrections"),
        "failed": results.failed,
        "export": export_to_json(results.exported) if results.exported else None,
        "export_failure": results.export_failure,
    }


def export_to_json(exported: Exported) -> dict[str, Any]:
    """What `export --json` prints: where things are, and bundle.json without its long lists."""
    index = {key: value for key, value in exported.index.items() if key != "training_features"}
    phone = str(exported.phone) if exported.phone else None
    zipped = str(exported.phone_zip) if exported.phone_zip else None
    where = {"bundle": str(exported.bundle), "phone": phone, "phone_reason": exported.phone_reason, "phone_zip": zipped}
    return {**where, **index}


def print_results(results: Results) -> None:
    """The table of all recipes, the verdict in words, and the path of the page."""
    if results.verdict:
        _print_recipes(results.evaluation["recipes"])
        answer.print()
    _print_corrections(results.audit)
    for words in floors_words(results.audit):
        answer.print(escape(words))
    if results.verdict:
        _print_flags(results.evaluation["recipes"])
        _print_recommendation(results.verdict)
        _print_missed(results.evaluation)
        _print_sentences(results.verdict)
    for finding in results.errors:
        answer.print(f"\n[bold red]The audit:[/] {escape(said(finding_line(finding)))}", soft_wrap=True)
        answer.print(f"  to do: {escape(said(finding['mend']))}", soft_wrap=True)
    for key, reason in results.failed.items():
        answer.print(f"[bold red]Failed:[/] {escape(key)}: {escape(said(reason))}", soft_wrap=True)
    _print_where(results)


def _print_where(results: Results) -> None:
    """Where the page and the bundle lie, or all that there is yet."""
    answer.print(f"\n{escape(results.where)}", soft_wrap=True)
    if results.exported:
        print_export(results.exported)
    elif results.export_failure:
        answer.print(f"[bold red]No bundle:[/] {escape(said(results.export_failure))}", soft_wrap=True)


def print_export(exported: Exported) -> None:
    """What was exported, how well it agrees, and where it lies."""
    index = exported.index
    parity = index["parity"]
    answer.print(f"\n[bold]Exported[/] {escape(index['recipe'])} ({escape(index['trial'])}). {escape(index['chosen'])}")
    answer.print(
        f"- The graph agrees with the network on {parity['same_class']:,} of {parity['photos']:,} test photos; "
        f"probabilities differ by at most {parity['largest_difference']:.1g}."
    )
    if exported.evidence:
        answer.print(f"- {escape(exported.evidence)}")
    answer.print(f"The bundle: {escape(str(exported.bundle))}", soft_wrap=True)
    if exported.phone:
        answer.print(f"The phone page: {escape(str(exported.phone))}", soft_wrap=True)
    else:
        answer.print(f"No phone page: {escape(said(exported.phone_reason))}", soft_wrap=True)
    if exported.phone_zip:
        answer.print(f"One file of it: {escape(str(exported.phone_zip))}", soft_wrap=True)
        answer.print(ZIPPED)


def _print_recipes(recipes: Sequence[Mapping[str, Any]]) -> None:
    print_rows(*recipe_rows(recipes), wide=recipe_rows(recipes, intervals=True))


def _print_flags(recipes: Sequence[Mapping[str, Any]]) -> None:
    """Each warning once, with the recipes that it holds for."""
    names: dict[tuple[str, str], list[str]] = {}
    for recipe in recipes:
        for flag in recipe["warnings"]:
            names.setdefault((flag["name"], flag["english"]), []).append(recipe["name"])
    for (name, sentence), of in names.items():
        answer.print(f"\n[yellow]{escape(name)}[/] ({escape(', '.join(of))}). {escape(sentence)}")


def _print_recommendation(verdict: Mapping[str, Any]) -> None:
    answer.print(f"\n[bold]Recommended:[/] {escape(verdict['recipe'])}. {escape(verdict['why'])}")


def _print_missed(evaluation: Mapping[str, Any]) -> None:
    if words := missed_words(evaluation):
        answer.print(Name(f"\n{said(words)}."))


def _print_sentences(verdict: Mapping[str, Any]) -> None:
    for heading, key in (("May be claimed", "claims"), ("May not be claimed", "refused")):
        if verdict.get(key):
            answer.print(f"\n[bold]{heading}[/]")
            for sentence in verdict[key]:
                answer.print(f"- {escape(sentence)}")


def print_audit(found: Audit, html: Path | None) -> None:
    """Counts, findings, floors."""
    counts = found.counts
    classes = counted(len(counts["classes"]), "class", "classes")
    answer.print(f"{counted(counts['photos'], 'photo')}{escape(of_places(counts))}, {classes}:")
    for name, count in counts["classes"].items():
        answer.print(Name(f"  {escape(name)}: {count:,}"))
    if counts["unreadable"]:
        answer.print(f"  unreadable, left out: {len(counts['unreadable'])}")
    _print_corrections({"corrections": found.corrections})
    answer.print()
    for finding in found.findings:
        colour = COLOURS[finding.severity]
        answer.print(f"[{colour}]{finding.code} {finding.severity}[/] {escape(said(finding.title))}")
        if finding.photos:
            answer.print(f"  photos: {escape(first_of(finding.photos, SHOWN_PHOTOS))}", soft_wrap=True)
        answer.print(f"  to do: {escape(said(finding.mend))}", soft_wrap=True)
    if not found.findings:
        answer.print("Nothing to mend was found.")
    if found.floors:
        answer.print("\n[bold]Accuracy that needs no leaf[/]")
        for name, floor in found.floors.items():
            answer.print(f"  {name.replace('_', ' ')}: {percent(floor.accuracy)} ({span(floor.interval)})")
    for words in not_measured_words(found.floors_not_measured):
        answer.print(escape(words))
    if html:
        answer.print(f"\nThe page: {escape(str(spoken_edition(html)))}", soft_wrap=True)


def print_plan(planned: Mapping[str, Any]) -> None:
    """Trials, shared work, minutes and memory."""
    by_recipe: dict[str, list[float]] = {}
    for trial in planned["trials"]:
        by_recipe.setdefault(trial["recipe"], []).append(trial["seconds"])
    rows = [[Name(name), str(len(seconds)), duration(sum(seconds))] for name, seconds in by_recipe.items()]
    print_rows(["recipe", "trials", "time of all epochs"], rows)
    if planned["shared"]:
        answer.print("\n[bold]Done once for all trials[/]")
        for work in planned["shared"]:
            answer.print(f"- {escape(shared_work(work))}")
    _print_corrections(planned)
    answer.print(f"\n{escape(plan_sum(planned))}")


def _print_corrections(told: Mapping[str, Any]) -> None:
    """What people corrected of the photos."""
    for words in corrections_words(told.get("corrections", {})):
        answer.print(f"[bold]Corrections:[/] {escape(words)}", soft_wrap=True)


def print_comparison(compared: Comparison, html: Path | None) -> None:
    """Table, pairs, and the sentences that may and may not be written."""
    _print_recipes(compared.evaluation["recipes"])
    _print_flags(compared.evaluation["recipes"])
    if pairs := compared.evaluation["pairs"]:
        rows = [
            [
                Name(f"{pair['a']} - {pair['b']}"),
                f"{100 * pair['difference']:+.2f}",
                f"{100 * pair['interval'][0]:+.2f} to {100 * pair['interval'][1]:+.2f}",
                _p(pair["p_adjusted"]),
                "never" if pair["photos_needed"] is None else f"{pair['photos_needed']:,}",
            ]
            for pair in pairs
        ]
        answer.print()
        print_rows(["a minus b", "points", "95% interval", "p (all pairs)", "photos needed"], rows)
        if words := pairs_words(compared.evaluation):
            answer.print(f"[dim]{words}[/]")
    _print_missed(compared.evaluation)
    _print_sentences(compared.sentences)
    if html:
        answer.print(f"\nThe page: {escape(str(spoken_edition(html)))}", soft_wrap=True)


def print_paired_counts(compared: PairedCounts) -> None:
    """The paired test of a table of counts, and the sentence that may or may not be written."""
    row = [
        "A - B",
        f"{100 * compared.difference:+.2f}",
        f"{100 * compared.interval[0]:+.2f} to {100 * compared.interval[1]:+.2f}",
        _p(compared.p),
        "never" if compared.photos_needed is None else f"{compared.photos_needed:,}",
    ]
    right = " and ".join(f"{name} {percent(share)}" for name, share in zip("AB", compared.accuracy, strict=True))
    answer.print(f"{counted(compared.photos, 'photo')}: {right} right.\n")
    print_rows(["a minus b", "points", "95% interval", "p (McNemar)", "photos needed"], [row])
    answer.print(f"\n{compared.sentence}")
    answer.print("[dim]Each photo counts as a leaf of its own; of photos that share leaves, compare the files.[/]")


def print_menu(entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Every entry with its defaults and source."""
    for kind, of_kind in entries.items():
        answer.print(f"[bold]{kind}[/]")
        for entry in of_kind:
            defaults = json.dumps(entry["defaults"], ensure_ascii=False) if entry["defaults"] else ""
            answer.print(f"  [green]{escape(entry['name'])}[/] {escape(defaults)}")
            answer.print(f"    {escape(entry['summary'])}")
            answer.print(f"    [dim]{escape(entry['source'])}[/]")


def print_sample(drawn: Mapping[str, Any], directory: Path) -> None:
    """What was drawn and where."""
    answer.tell(f"Drew {len(drawn['photos']):,} leaves of {len(drawn['classes'])} classes in {directory}.")
    answer.print("truth.json there lists every planted fault.")


def print_doctor(found: Sequence[Mapping[str, Any]]) -> None:
    """One line per part of the machine, and what mends it."""
    for check in found:
        mark = "[green]ok[/]  " if check["works"] else "[yellow]--[/]  "
        answer.print(Name(f"{mark}{said(check['name'])}: {escape(said(check['found']))}"), soft_wrap=True)
        if check["mend"]:
            answer.print(f"      to do: {escape(said(check['mend']))}", soft_wrap=True)


def print_cache(found: Mapping[str, Any]) -> None:
    """What the cache folder holds."""
    answer.tell(f"{found['path']}: {size(found['bytes'])} of at most {size(found['limit_bytes'])}")
    for kind, taken in found["kinds"].items():
        answer.print(Name(f"  {kind}: {said(size(taken))}"))


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"
