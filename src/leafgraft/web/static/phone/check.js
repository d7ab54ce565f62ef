// "Right", or "this was wrong: it is …": what a person says of an answer that is kept.

import { NONE_OF_THESE, CANNOT_TELL } from './answer.js';
import { className, current, t } from './languages.js';
import { plain, writable } from './line.js';

const LONGEST = 500; // letters of a note

export function labelName(label) {
  return { [NONE_OF_THESE]: t('none-of-these'), [CANNOT_TELL]: t('cannot-tell') }[label] ?? className(label);
}

/**
 * Draw the question into a container.
 * @param {{key: unknown, answer: ?string, label?: string, note?: string, classes: string[]}} asked
 * @param {(values: {label?: string, note?: string}) => void} say Called with what was said; an empty label takes it back.
 */
export function drawCheck(container, asked, say) {
  const { answer, label = '', note = '', classes } = asked;
  // A finger that leaves the note for a button must still find it there.
  const state = JSON.stringify([asked.key, answer, label, classes, current()]);
  const written = container.querySelector('.line')?.textContent ?? '';
  if (!container.hidden && state === container.dataset.state && note === written) return;
  container.dataset.state = state;
  const wrong = Boolean(label) && label !== answer;
  const parts = [element('h3', { textContent: t(answer ? 'check' : 'check-declined') })];
  const choices = element('div', { className: 'choices', hidden: Boolean(answer) && !wrong });
  const choose = (name, words) => {
    const one = button(words, name === label, () => say({ label: name === label ? '' : name }));
    one.dataset.label = name;
    return one;
  };
  if (answer) {
    const open = button(t('check-wrong'), wrong, () => { choices.hidden = !choices.hidden; open.setAttribute('aria-expanded', String(!choices.hidden)); });
    open.setAttribute('aria-expanded', String(!choices.hidden));
    const both = element('div', { className: 'buttons' });
    both.append(choose(answer, t('check-right')), open);
    parts.push(both);
  }
  const names = classes.filter((name) => name !== answer);
  choices.append(...[...names, NONE_OF_THESE, CANNOT_TELL].map((name) => choose(name, labelName(name))));
  parts.push(choices);
  if (label) parts.push(element('p', { className: 'soft', textContent: t('check-said', { label: labelName(label) }) }), noteField(note, say));
  container.replaceChildren(...parts);
  container.hidden = false;
}

function noteField(note, say) {
  const field = element('div', { className: 'field' });
  const line = element('span', { className: 'line', textContent: note });
  line.setAttribute('aria-label', t('note'));
  let last = note;
  writable(line, (words) => {
    const before = last;
    last = plain(words, LONGEST);
    if (last !== before) say({ note: last });
    return last;
  });
  field.append(element('span', { textContent: t('note') }), line);
  return field;
}

function button(words, pressed, act) {
  const one = element('button', { type: 'button', className: pressed ? '' : 'second', textContent: words, onclick: act });
  one.setAttribute('aria-pressed', String(pressed));
  return one;
}

const element = (tag, values) => Object.assign(document.createElement(tag), values);
