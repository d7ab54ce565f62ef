// Texts by language: one JSON file each in languages/, listed in phone.json.

let texts = {};

export const current = () => document.documentElement.lang;

/** What a service says is shown: these headers ask for it in the language of the page. */
export const inLanguage = () => ({ 'Accept-Language': current() });

function choose(available) {
  let stored = null;
  try { stored = localStorage.getItem('leafgraft language'); } catch { /* storage refused: the browser's language it is */ }
  const wanted = [stored, ...navigator.languages.map((one) => one.split('-')[0]), 'en'];
  return wanted.find((one) => one in available) ?? Object.keys(available)[0];
}

export async function use(language) {
  const response = await fetch(new URL(`languages/${language}.json`, import.meta.url));
  if (!response.ok) throw new Error(`languages/${language}.json: ${response.status}`);
  texts = await response.json();
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
}

function remember(language) {
  try { localStorage.setItem('leafgraft language', language); } catch { /* storage refused: asked again next time */ }
}

/**
 * Offer the languages that there are, and speak the one that is wanted.
 *
 * @param select Where they are offered.
 * @param available Their names, by code.
 * @param speak As `use`, and whatever must follow; also when another language is chosen.
 * @param changed Called after that.
 */
export async function offerLanguages(select, available, speak, changed = () => {}) {
  for (const [code, name] of Object.entries(available)) select.append(new Option(name, code));
  select.value = choose(available);
  await speak(select.value);
  select.onchange = async () => {
    await speak(select.value);
    remember(select.value);
    await changed();
  };
}

export function t(key, values = {}) {
  return particles(String(texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole));
}

/** Korean: "(으)로" becomes "로" after a vowel or ㄹ, "으로" after other consonants; Latin letters by their sound at an end: m and n. */
function particles(text) {
  return text.replace(/([가-힣a-z])\(으\)로/gi, (_, last) => {
    const final = /[a-z]/i.test(last) ? Number(/[mn]/i.test(last)) : (last.charCodeAt(0) - 0xac00) % 28;
    return `${last}${final === 0 || final === 8 ? '로' : '으로'}`;
  });
}

export const lines = (key) => texts[key] ?? [];

/** "Early_Blight" as "Early blight", or its name in this language where the file knows one. */
export function className(name) {
  const known = texts.classes?.[name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')];
  if (known) return known;
  const words = name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replace(/[_\s]+/g, ' ').trim().split(' ');
  const lower = words.map((word) => (word === word.toUpperCase() ? word : word.toLowerCase())).join(' ');
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

export const number = (value) => value.toLocaleString(current());

export function percent(share) {
  const say = (value) => new Intl.NumberFormat(current(), { style: 'percent' }).format(value);
  if (share > 0.99 && share < 1) return t('more-than', { share: say(0.99) });
  if (share < 0.01) return t('less-than', { share: say(0.01) });
  return say(share);
}

export function size(bytes) {
  const [unit, value] = bytes < 1e6 ? ['kilobyte', bytes / 1e3] : ['megabyte', bytes / 1e6];
  return new Intl.NumberFormat(current(), { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

export const when = (time) => new Intl.DateTimeFormat(current(), { dateStyle: 'medium', timeStyle: 'short' }).format(time);
