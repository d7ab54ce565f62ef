// The same rules as leafgraft.web.answer: unknown leaf first, then a set of one class or "not sure".

const ROUNDING = 1e-12;

export const NOT_SURE = 'not sure';
export const NOT_KNOWN = 'not a leaf I know';
export const UNREADABLE = 'unreadable';

/** @returns {{answer: ?string, declined: ?string, probabilities: Object<string, number>, set: string[], distance: number}} */
export function decide(page, probabilities, distance) {
  const named = Object.fromEntries(page.classes.map((name, place) => [name, probabilities[place]]));
  const set = page.classes.filter((name) => named[name] >= page.set_threshold - ROUNDING);
  let answer = null;
  let declined = null;
  if (distance > page.distance_threshold) declined = NOT_KNOWN;
  else if (set.length !== 1) declined = NOT_SURE;
  else answer = set[0];
  return { answer, declined, probabilities: named, set, distance };
}

/** Classes from the likeliest to the least likely. */
export function ranked(probabilities) {
  return Object.keys(probabilities).sort((a, b) => probabilities[b] - probabilities[a]);
}
