// What is said of a photo, in the language of the page.

import { ranked, NOT_KNOWN, NOT_SURE, UNREADABLE } from './answer.js';
import { className, number, percent, t } from './languages.js';

/** The answer in a few words; where answers are not right often enough, that and nothing else; where nobody knows, that first. */
export function headline({ answer, declined }, evidence) {
  if (answer && evidence?.act === false) return t('do-not-act');
  if (answer) return `${evidence?.act === null ? `${t('untested')}. ` : ''}${t('looks', { class: className(answer) })}`;
  return t({ [NOT_SURE]: 'not-sure', [NOT_KNOWN]: 'not-known', [UNREADABLE]: 'unreadable' }[declined]);
}

/** The answer in a list: its class, after a warning where such answers are not right often enough, or nobody knows. */
export function title(one) {
  if (!one.answer) return headline(one);
  const warning = { false: `${t('do-not-act')}: `, null: `${t('untested')}: ` }[one.act] ?? '';
  return `${warning}${className(one.answer)}, ${percent(one.probabilities[ranked(one.probabilities)[0]])}`;
}

const OF_TEN = { 'more than': 'more-of-ten', 'fewer than': 'fewer-of-ten' };

/** How often such answers were right, on photos of which place. */
export function evidenceWords({ place, right_of_ten: count, right_of_ten_bound: bound, out_of: all, interval, photos, act, declined_too: declined }) {
  const [low, high] = interval.map(percent);
  const right = t(OF_TEN[bound] ?? 'of-ten', { count });
  const values = { place, right, all: number(all), low, high, photos: t(photos === 1 ? 'photo' : 'photos', { count: number(photos) }) };
  const words = t(act === null ? 'never-outdoors' : 'right-of-ten', values);
  return declined ? `${words} ${t('declined-too')}` : words;
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
