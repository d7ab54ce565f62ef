// What is said of a photo, in the language of the page.

import { ranked, NOT_KNOWN, NOT_SURE, UNREADABLE } from './answer.js';
import { className, percent, t } from './languages.js';

/** The answer in a few words. */
export function headline({ answer, declined }) {
  if (answer) return t('looks', { class: className(answer) });
  return t({ [NOT_SURE]: 'not-sure', [NOT_KNOWN]: 'not-known', [UNREADABLE]: 'unreadable' }[declined]);
}

/** What stands below it. A declined photo carries no figure, which would be read as that of an answer. */
export function explain({ answer, declined, probabilities, set, name, reason }, mostPixels) {
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
  const sure = t('sure', { share: percent(probabilities[answer]) });
  const others = order.filter((one) => one !== answer && probabilities[one] >= 0.01).slice(0, 2);
  return others.length ? `${sure} ${t('else', { classes: others.map(withShare).join(', ') })}` : sure;
}
