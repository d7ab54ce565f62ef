// What is said of a photo, in the language of the page.

import { ranked, NOT_KNOWN, NOT_SURE, UNREADABLE } from './answer.js';
import { className, number, percent, t } from './languages.js';

/** The page's evidence beside one answer; nobody knows where no photo of its class was labelled. */
export function beside(evidence, answer) {
  if (!evidence || !answer) return null;
  const untested = (evidence.untested ?? []).includes(answer);
  return { ...evidence, untested: untested ? answer : '', act: untested && evidence.act ? null : evidence.act };
}

/** The place where an answer was never tested; empty if there is none to name. */
const neverIn = (evidence) => (evidence.untested && evidence.outdoors ? evidence.place : '');

/** What is kept of that with an answer: whether it may be acted on, and where it was never tested. */
export function actOn(page, { answer }) {
  const evidence = beside(page.evidence, answer);
  return evidence ? { act: evidence.act, neverIn: neverIn(evidence) } : {};
}

const unknown = (place) => (place ? t('untested-in', { place }) : t('untested'));

/** The answer in a few words; where answers are not right often enough, that and nothing else; where nobody knows, that first. */
export function headline({ answer, declined }, evidence) {
  if (answer && evidence?.act === false) return t('do-not-act');
  if (answer) return `${evidence?.act === null ? `${unknown(neverIn(evidence))}. ` : ''}${t('looks', { class: className(answer) })}`;
  return t({ [NOT_SURE]: 'not-sure', [NOT_KNOWN]: 'not-known', [UNREADABLE]: 'unreadable' }[declined]);
}

/** The answer in a list: its class, after a warning where such answers are not right often enough, or nobody knows. */
export function title(one) {
  if (!one.answer) return headline(one);
  const warning = { false: `${t('do-not-act')}: `, null: `${unknown(one.neverIn)}: ` }[one.act] ?? '';
  return `${warning}${className(one.answer)}, ${percent(one.probabilities[ranked(one.probabilities)[0]])}`;
}

const OF_TEN = { 'more than': 'more-of-ten', 'fewer than': 'fewer-of-ten' };

/** How often such answers were right, on photos of which place. */
export function evidenceWords(evidence) {
  const { place, right_of_ten: count, right_of_ten_bound: bound, out_of: all, interval, photos, declined_too: declined } = evidence;
  const [low, high] = interval.map(percent);
  const right = t(OF_TEN[bound] ?? 'of-ten', { count });
  const values = { place, right, all: number(all), low, high, photos: t(photos === 1 ? 'photo' : 'photos', { count: number(photos) }) };
  const untested = evidence.untested && className(evidence.untested);
  const isNever = evidence.act === null && !neverIn(evidence); // outdoors
  const words = [t(isNever ? 'never-outdoors' : untested ? 'right-of-others' : 'right-of-ten', values)];
  if (untested) words.unshift(t(isNever ? 'untested-at-all' : 'untested-class', { place, class: untested }));
  if (declined) words.push(t('declined-too'));
  return words.join(' ');
}

/** What stands below it. A declined photo carries no figure, which would be read as that of an answer. */
export function explain({ answer, declined, probabilities, set, name, reason }, mostPixels, evidence) {
  if (declined === UNREADABLE) {
    return t('unreadable-why', { name, reason: t(`reason-${reason}`, { most: mostPixels / 1e6 }) });
  }
  if (declined === NOT_KNOWN) return t('not-known-why');
  const order = ranked(probabilities);
  if (declined === NOT_SURE) {
    if (!set.length) return t('not-sure-none', { class: className(order[0]) });
    return t('not-sure-set', { classes: order.filter((one) => set.includes(one)).map(className).join(', ') });
  }
  const withShare = (one) => `${className(one)} (${percent(probabilities[one])})`;
  const looks = evidence?.act === false ? `${t('looks', { class: className(answer) })}. ` : '';
  const sure = looks + t('sure', { share: percent(probabilities[answer]) });
  const others = order.filter((one) => one !== answer && probabilities[one] >= 0.01).slice(0, 2);
  return others.length ? `${sure} ${t('else', { classes: others.map(withShare).join(', ') })}` : sure;
}
