// One study: what its folder holds, and what happens in it now. The service is asked again when a file changes.

import { $, ask, commands, duration, el, fill, inWords, leadFocus, show, tell } from './parts.js';
import { Chooser } from './chooser.js';
import { className, current, nameKey, number, percent, size, t } from './languages.js';

const STAGES = ['photos', 'plan', 'audit', 'training', 'evaluation', 'report', 'diagnosis', 'export'];
const WRITING = ['audit', 'run', 'pick', 'adapt'];
const STOPPED = [130, 143, -2, -15];
const FINE = [0, 3]; // 3: done, but a check failed
const NOTHING = { picks: 0, labelled: 0, labels: 0, phone: 0, commands: null }; // of a place that is new
const SHOWN_PAGES = { review: 'open-review', label: 'open-label', phone: 'open-send', try: 'open-try' };

const korean = () => current() === 'ko';
/** A sentence of a verdict in the language of the page. */
const said = (verdict, name) => (korean() && verdict[`${name}_ko`]) || verdict[name];
/** Address of a report in the language of the page. */
const reportOf = (asked) => `report/index${korean() ? '.ko' : ''}.html?${new URLSearchParams({ ...asked, lang: current() })}`;
const accuracy = (share) => new Intl.NumberFormat(current(), { style: 'percent', maximumFractionDigits: 1 }).format(share);

export class StudyView {
  constructor(path) {
    this.path = path;
    this.held = null; // what the folder holds
    this.now = null; // what happens in it
    this.planned = new Set(); // plans that were asked for: one that fails is not asked for again
    this.field = null;
    this.placed = false; // whether the place that was picked from last was named
    this.closed = false; // what is answered later is for a page that nobody looks at
  }

  async open() {
    for (const button of document.querySelectorAll('[data-do]')) {
      button.onclick = () => this.doing(button, this.asked(button.dataset.do));
      button.parentElement.querySelector('a.opened')?.remove();
    }
    $('stop').onclick = () => this.doing($('stop'), { do: 'stop' });
    $('go-on').onclick = () => this.doing($('go-on'), this.goingOn());
    $('found-out').open = true;
    $('choices').open = true;
    $('models').onchange = () => { for (const link of document.querySelectorAll('#phone a.opened')) link.remove(); };
    $('field-chooser').replaceChildren();
    this.folder = '';
    $('place').value = '';
    $('place').oninput = () => {
      document.querySelector('[data-do=label]').parentElement.querySelector('a.opened')?.remove(); // of the other place
      this.write();
    };
    this.field = new Chooser($('field-chooser'), { take: 'take-field', path: 'path-field' }, /\.zip$/i, async (path, lead) => {
      this.folder = path;
      $('pick-from').open = false;
      this.write();
      lead($('pick'));
    });
    await this.read();
    if (this.closed || !this.held) return; // what was said of a study that is not there stays
    await this.listen();
  }

  /** Hear what happens; settles once the first of it stands, so that nothing moves under the finger of who sees the page. */
  listen() {
    this.events = new EventSource(`events?${new URLSearchParams({ path: this.path, language: current() })}`);
    return new Promise((heard) => {
      this.events.onmessage = (event) => this.hear(JSON.parse(event.data)).then(heard);
      this.events.onerror = () => this.read().then(heard); // what is asked says why: a browser does not tell a refusal from silence
    });
  }

  close() {
    this.closed = true;
    this.events?.close();
  }

  /** What the service says comes in the language of the page, which is another now. */
  async speak() {
    this.write();
    await this.read();
    if (this.closed || !this.events) return;
    this.events.close();
    this.listen();
  }

  async read() {
    try {
      this.held = await ask('study.json', { path: this.path });
      this.write();
    } catch (error) {
      if (!this.closed) show('problem', inWords(error));
    }
  }

  async hear(now) {
    const before = this.now;
    this.now = now;
    if ($('problem').textContent === t('refused gone')) show('problem', '');
    if (before?.files !== now.files) await this.read();
    if (!this.folded && this.held?.verdict) { // what matters now comes first
      this.folded = true;
      $('found-out').open = false;
      $('choices').open = false;
    }
    this.write();
    this.planNext();
  }

  /** The minutes of this machine are measured, one preset after the other, while nothing else is under way. */
  planNext() {
    if (!this.held?.audit || this.isBusy()) return;
    const faults = this.planFaults(); // after a verdict only these are tried again, once for each load of the page
    const isWanted = ({ name }) => !this.held.verdict || faults[`plan-${name || 'study'}`];
    const next = this.held.presets.find((one) => !one.plan && !this.planned.has(one.name) && isWanted(one));
    if (!next) return;
    this.planned.add(next.name);
    tell({ do: 'plan', preset: next.name, study: this.path }).catch(() => {}); // another tab was first, or the disk is full
  }

  /** The place that is meant, as the study spells it. */
  place() {
    const typed = $('place').value.trim().normalize('NFC');
    const names = [...Object.keys(this.held.field), ...this.held.places.map((one) => one.name)];
    return names.includes(typed) ? typed : names.find((one) => nameKey(one) === nameKey(typed)) ?? typed;
  }

  asked(what) {
    const place = this.place();
    const model = { place: $('which').hidden ? '' : $('models').value };
    const more = { pick: { folder: this.folder, place }, label: { place }, adapt: { place }, phone: model, try: model };
    return { do: what, ...more[what] };
  }

  goingOn() {
    return this.held.until === 'audit' ? { do: 'audit' } : { do: 'run', preset: this.held.preset };
  }

  /** Do what a button says; what cannot be done is said beside it. */
  async doing(button, values) {
    const lead = leadFocus();
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    const told = await this.tell(values, button);
    button.removeAttribute('aria-busy');
    button.disabled = false;
    lead(told?.page ? this.showPage(button, told.page, values.do) : button);
    this.begun = Boolean(told) && WRITING.includes(values.do);
    this.write();
  }

  async tell(values, button = null) {
    const beside = button?.closest('.card') ?? $('choice');
    beside.querySelector(':scope > .refused')?.remove();
    try {
      return await tell({ ...values, study: this.path });
    } catch (error) {
      if (this.closed) return null;
      const words = el('pre', { className: 'note problem refused', textContent: inWords(error) });
      words.setAttribute('role', 'alert');
      beside.append(words);
      return null;
    }
  }

  showPage(button, address, what) {
    button.parentElement.querySelector('a.opened')?.remove();
    const link = el('a', { className: 'button opened', href: address, target: '_blank', rel: 'noopener', textContent: t(SHOWN_PAGES[what]) });
    button.after(link);
    return link;
  }

  /** Whether a command that ends by itself is under way. */
  isBusy() {
    return Boolean(this.now?.holder) || this.alive().length > 0;
  }

  alive() {
    return Object.entries(this.now?.steps ?? {}).filter(([, one]) => one.ours && one.code === null).map(([name]) => name);
  }

  // ---- what is on the screen ----

  write() {
    if (!this.held || this.closed) return;
    const { held } = this;
    show('study-name', held.name);
    show('photos-of', held.photos ? t('photos-of', { path: held.photos }) : '');
    show('study-at', t('study-at', { path: held.path }));
    show('unread', held.unread.length ? t('unread', { files: held.unread.join(', ') }) : '');
    if (this.now) this.writeNow();
    this.writeAudit();
    this.writePresets();
    this.writeResult();
    this.writeField();
    this.writePhone();
    for (const part of document.querySelectorAll('[data-commands]')) {
      const words = part.dataset.commands.split(' ').map((name) => held.commands[name]);
      fill(part, words, () => [commands(words)]);
    }
  }

  /** What is under way, or how it ended: title, words, an error, whether it can go on; null if there is nothing to say. */
  state() {
    const { holder, run, steps } = this.now;
    const writing = this.alive().find((name) => WRITING.includes(name)); // plans are told at their presets: they come and go
    if (holder || writing) {
      const name = writing ?? (run.pid === holder.pid && !run.ended ? 'run' : 'other');
      return { title: t(`doing-${name}`), words: writing ? '' : t('elsewhere', holder), busy: true, name };
    }
    const last = this.now.started.filter((name) => WRITING.includes(name)).at(-1);
    if (last) return this.ended(last, steps[last]);
    if (run.stage && !run.ended) return { title: t('cut'), words: t('kept'), error: errorIn(steps.run?.said ?? steps.audit?.said ?? ''), bad: true, goOn: true };
    return null;
  }

  /** How the last command ended that was started here. */
  ended(name, { code, said: words }) {
    const goOn = name === 'run' || name === 'audit';
    const kept = goOn ? t('kept') : '';
    if (STOPPED.includes(code)) return { title: t('stopped'), words: kept, goOn };
    if (!FINE.includes(code)) return { title: t(`failed-${name}`), words: kept, error: errorIn(words), bad: true, goOn };
    if (name !== 'run') return null;
    return code ? { title: t('done-but'), words: t('done-but-words') } : { title: t('finished'), words: t('finished-words') };
  }

  /** Whether a run is under way, whether the log is its own, not that of the run before, and whether it goes on. */
  logged(state) {
    const { run, steps, holder } = this.now;
    const isRun = Boolean(state?.busy) && ['audit', 'run'].includes(state.name);
    const isLogged = isRun && Boolean(run.pid) && [steps[state.name]?.pid, holder?.pid].includes(run.pid);
    return { isRun, isLogged, follows: isLogged && !run.ended };
  }

  /** The first audit while it is under way, as far as it is; null before its photos are counted. What an earlier run found stays. */
  growing() {
    if (!this.now || this.held.audit || !this.logged(this.state()).follows) return null;
    const { counted, findings, stages } = this.now.run;
    return counted && !stages.includes('audit') ? { ...counted, findings } : null;
  }

  writeNow() {
    const { run, steps, disk_full: full } = this.now;
    const state = this.state();
    const { isRun, isLogged, follows } = this.logged(state);
    $('now').hidden = !state && !full;
    $('now').classList.toggle('bad', Boolean(state?.bad || full));
    if (this.begun && state?.busy) { // what was started shows at the top
      this.begun = false;
      $('now').scrollIntoView();
    }
    show('now-title', state?.title ?? t('full-title'));
    show('now-words', state?.words || (isRun && !follows ? t(isLogged ? 'finishing' : 'starting') : ''));
    show('error', state?.error ?? '');
    $('disk').hidden = !full;
    const shown = state?.name === 'audit' ? ['photos', 'audit'] : STAGES;
    fill($('stages'), follows ? [shown, run.stages, run.stage] : [], () => (follows ? shown : []).map((name) => {
      const item = el('li', { textContent: t(`stage-${name}`), className: run.stages.includes(name) ? 'over' : run.stage === name ? 'here' : '' });
      if (run.stage === name) item.setAttribute('aria-current', 'step');
      return item;
    }));
    this.writeTask(follows ? run : null);
    const facts = follows ? this.facts(run) : [];
    fill($('facts'), facts, () => facts.flatMap(([name, value]) => [el('div', {}, el('dt', { textContent: name }), el('dd', { textContent: value }))]));
    $('stop').hidden = !state?.busy;
    $('go-on').hidden = !state?.goOn || !this.held.photos;
    fill($('talk'), steps, () => Object.values(steps).map((one) => el('pre', { textContent: one.said, tabIndex: 0 })));
    $('said').hidden = !Object.keys(steps).length;
  }

  writeTask(run) {
    const task = run?.task;
    $('task').hidden = !task;
    if (task) {
      const { name, done, total } = task;
      $('task-name').textContent = done ? t('task-of', { name, done: number(done), all: number(total) }) : `${name} …`;
      if (task.done) $('task-bar').value = task.done / task.total;
      else $('task-bar').removeAttribute('value');
    }
    const over = run?.tasks ?? [];
    fill($('tasks'), over, () => over.slice(-4).map((one) => el('li', {
      textContent: one.total > 1 ? `${one.name} · ${number(one.total)}` : one.name,
    })));
  }

  facts(run) {
    const { epoch, left } = run;
    const found = [];
    if (left) found.push([t('time-left'), duration(Math.max(0, left.seconds - (Date.now() / 1000 - left.time)))]);
    if (epoch) {
      found.push([t('trial'), epoch.trial.replace(/-s\d+-f\d+-[0-9a-f]+$/, '')]);
      found.push([t('epoch'), number(epoch.epoch + 1)]);
      found.push([t('validation'), percent(epoch.validation_accuracy)]);
    }
    if (run.memory) found.push([t('memory'), gigabytes(run.memory)]);
    return found;
  }

  writeAudit() {
    const growing = this.growing();
    const audit = growing ?? this.held.audit;
    const busy = this.isBusy();
    const none = this.held.unread.includes('audit.json') ? '' : t('audit-none');
    show('audit-words', audit ? t(growing ? 'audit-so-far' : 'audit-of', { photos: number(audit.photos) }) : busy ? t('audit-later') : none);
    const counts = Object.entries(audit?.classes ?? {});
    fill($('counts'), counts, () => counts.map(([name, count]) => el('li', { textContent: `${className(name)} · ${number(count)}` })));
    const findings = audit?.findings ?? [];
    fill($('findings'), findings, () => findings.map((one) => el(
      'li', { className: `is-${one.severity}` },
      el('strong', {}, `${t(one.severity)}: `, el('span', { textContent: one.title })),
      el('span', { textContent: one.why }),
      el('span', { className: 'mend' }, `${t('mend')} `, el('span', { textContent: one.mend })),
    )));
    $('found-out').hidden = !audit || Boolean(growing && !findings.length);
    $('findings-count').textContent = t('findings', { count: number(findings.length) });
    $('look-again').hidden = busy || !this.held.photos || Boolean(audit);
    $('look-again').textContent = t('look');
    $('review-part').hidden = !audit || Boolean(growing);
    show('corrected', this.held.corrected ? t('corrected') : '');
  }

  writePresets() {
    const { presets, audit, verdict, preset } = this.held;
    $('choice').hidden = !audit || !presets.length;
    $('choice-words').textContent = t(verdict ? 'choice-again' : 'choice-words');
    const busy = this.isBusy() && !this.onlyPlans();
    fill($('presets'), [presets, busy, preset, Boolean(verdict), this.held.corrected, this.alive(), this.planFaults()], () => presets.map((one) => this.presetCard(one, busy)));
    fill($('preset-commands'), presets, () => [commands(presets.map((one) => one.command))]);
  }

  /** What plans said that failed. */
  planFaults() {
    const failed = Object.entries(this.now?.steps ?? {}).filter(([name, one]) => name.startsWith('plan-') && one.ours && one.code);
    return Object.fromEntries(failed.filter(([, one]) => !STOPPED.includes(one.code)).map(([name, one]) => [name, errorIn(one.said)]));
  }

  presetCard({ name, plan }, busy) {
    const { verdict, preset, started, corrected } = this.held;
    const again = started && preset === name;
    const done = again && Boolean(verdict) && !corrected;
    const step = `plan-${name || 'study'}`;
    const measuring = this.alive().includes(step);
    const fault = plan ? '' : this.planFaults()[step];
    const time = plan ? t(plan.seconds < 60 ? 'takes-little' : 'takes', { time: duration(plan.seconds) }) : t(measuring ? 'measuring' : 'not-measured');
    const button = el('button', { type: 'button', disabled: busy || Boolean(fault), textContent: t(again ? 'go-on' : 'start'), hidden: done });
    button.onclick = () => this.doing(button, { do: 'run', preset: name });
    button.setAttribute('aria-label', `${button.textContent}: ${t(`preset-${name || 'study'}`)}`);
    return el(
      'div', { className: again ? 'preset chosen' : 'preset' },
      el('h3', { textContent: t(`preset-${name || 'study'}`) }),
      el('p', { textContent: t(`preset-${name || 'study'}-words`) }),
      el('p', {}, el('strong', { textContent: done ? t('state-done') : time })),
      !fault && el('p', { className: 'soft', textContent: plan ? t('plan-of', { trials: number(plan.trials), memory: gigabytes(plan.memory) }) : '\u00a0' }),
      fault && el('pre', { className: 'note problem', textContent: fault }),
      fault && el('p', { textContent: t('cannot-start') }),
      button,
    );
  }

  /** Whether nothing but plans is under way: a run need not wait for them. */
  onlyPlans() {
    return !this.now?.holder && this.alive().every((name) => name.startsWith('plan-'));
  }

  writeResult() {
    const { verdict, report } = this.held;
    $('result').hidden = !verdict;
    if (!verdict) return;
    const { accuracy: share, interval: [low, high] } = verdict.test;
    show('accuracy', t('accuracy', { recipe: verdict.recipe, share: accuracy(share), low: accuracy(low), high: accuracy(high) }));
    show('why', said(verdict, 'why'));
    const claims = said(verdict, 'claims') ?? [];
    fill($('claims'), claims, () => claims.slice(0, 4).map((one) => el('li', { textContent: one })));
    $('report').hidden = !report;
    $('report').href = reportOf({ path: this.path });
  }

  writeField() {
    const { verdict, field, places } = this.held;
    $('field').hidden = !verdict;
    if (!verdict) return;
    this.field.begin(this.held.photos.replace(/[\\/][^\\/]*$/, '') || '~');
    const busy = this.isBusy();
    if (!this.placed) $('place').value = this.held.place;
    this.placed = true;
    const place = this.place();
    const { picks, labelled, labels, phone, commands: own } = Object.hasOwn(field, place) ? field[place] : NOTHING;
    const named = [...new Set([...Object.keys(field), ...places.map((one) => one.name)])].filter(Boolean);
    fill($('known-places'), named, () => named.map((name) => new Option(name)));
    fill($('field-commands'), own, () => (own ? [commands(['pick', 'label', 'adapt'].map((name) => own[name]))] : []));
    show('from-phone', phone ? t('from-phone', { count: number(phone) }) : '');
    show('picked', picks ? t('picked', { count: number(picks) }) : '');
    show('pick-chosen', this.folder ? t('pick-chosen', { path: this.folder }) : '');
    show('labelled', picks ? t('labelled', { count: number(labelled), all: number(picks) }) : t('label-first'));
    const can = { pick: Boolean(this.folder) && !busy, label: picks > 0, adapt: labels + phone > 0 && !busy };
    for (const [name, may] of Object.entries(can)) {
      const button = document.querySelector(`[data-do="${name}"]`);
      if (!button.hasAttribute('aria-busy')) button.disabled = !may;
    }
    fill($('places'), places, () => places.map((one) => {
      const link = el('a', { href: reportOf({ path: this.path, place: one.name }), target: '_blank', rel: 'noopener', textContent: t('place-page', { place: one.name }) });
      return el('li', { className: 'row' }, one.page ? link : one.name, el('span', { className: 'state', textContent: t(one.kept ? 'place-kept' : 'place-not-kept') }));
    }));
  }

  writePhone() {
    const { bundle, places } = this.held;
    $('phone').hidden = !bundle;
    const models = ['', ...places.filter((one) => one.bundle).map((one) => one.name)];
    $('which').hidden = models.length < 2;
    fill($('models'), models, () => models.map((name) => new Option(name ? t('model-place', { place: name }) : t('model-home'), name)));
  }
}

const gigabytes = (bytes) => (bytes < 1e9 ? size(bytes) : new Intl.NumberFormat(current(), { style: 'unit', unit: 'gigabyte', maximumFractionDigits: 1 }).format(bytes / 1e9));

/** The error in what a command said: its three lines; else the last ones. */
function errorIn(words) {
  const place = Math.max(...['Error:', '오류:'].map((mark) => words.lastIndexOf(mark)));
  return place >= 0 ? words.slice(place).trim() : words.trim().split('\n').slice(-3).join('\n');
}
