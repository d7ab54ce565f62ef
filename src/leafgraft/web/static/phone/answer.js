// The same rules as leafgraft.web.answer: unknown leaf first, then a set of one class or "not sure".

const ROUNDING = 1e-12;

export const NOT_SURE = 'not sure';
export const NOT_KNOWN = 'not a leaf I know';
export const UNREADABLE = 'unreadable';

// What a person may say of a photo beside its class, as in leafgraft.records.field_labels.
export const NONE_OF_THESE = 'none of these';
export const CANNOT_TELL = 'cannot tell';

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

/** One answer to several photos of one plant: the mean over those that show a leaf it knows. */
export function pool(page, answers) {
  const seen = answers.filter((one) => one.declined !== UNREADABLE);
  const known = seen.filter((one) => one.declined !== NOT_KNOWN);
  if (!seen.length) return { answer: null, declined: UNREADABLE, probabilities: {}, set: [], distance: null };
  const isKnown = 2 * known.length >= seen.length;
  const used = isKnown ? known : seen;
  const mean = page.classes.map((name) => used.reduce((sum, one) => sum + one.probabilities[name], 0) / used.length);
  const found = decide(page, mean, median(used.map((one) => one.distance)));
  return isKnown ? found : { ...found, answer: null, declined: NOT_KNOWN };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Classes from the likeliest to the least likely. */
export function ranked(probabilities) {
  return Object.keys(probabilities).sort((a, b) => probabilities[b] - probabilities[a]);
}
