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

// Korean particles by the sound before them, by the rules of languages/particles.py; a test holds the two equal.
const RIEUL = 8; // the final consonant after which 로 stands, not 으로
const DIGITS = [21, RIEUL, 0, 16, 0, 0, 1, RIEUL, RIEUL, 0]; // 영 일 이 …
const LETTERS = { l: RIEUL, m: 16, n: 4, r: RIEUL }; // 엘 엠 엔 알; the others end in a vowel
const STOPPED = /^(?:[b-df-hj-np-tv-z][aeiou][pkc]|[aeiou]ck|[aeiou]ng|(?!bit|dot|mat|set)[b-df-hj-np-tv-z][aeiou]t)$/;
const OPEN = /^[a-z][aeiou]r$/;
const MUTE_E = /^[a-z]([lmn])e$/;
const FORMS = {
  '을(를)': ['을', '를'], '은(는)': ['은', '는'], '이(가)': ['이', '가'], '과(와)': ['과', '와'], '(으)로': ['으로', '로'], '(이)': ['이', ''],
};
const EITHER = /([A-Za-z]{3}|\S)?(["'’”)\]%]*)(을\(를\)|은\(는\)|이\(가\)|과\(와\)|\(으\)로|\(이\))/gu;

/** The text with each "(으)로", "을(를)" and their like as the sound before it asks; where that is not known, both stay. */
export function particles(text) {
  return text.replace(EITHER, (whole, before = '', silent, either) => {
    const final = silent.includes('%') || before === '%' ? 0 : finalOf(before);
    if (final === null) return whole;
    const [closed, open] = FORMS[either];
    return before + silent + (final !== 0 && !(either === '(으)로' && final === RIEUL) ? closed : open);
  });
}

function finalOf(end) {
  const word = end.toLowerCase();
  const last = word.slice(-1);
  if (/[가-힣]/.test(last)) return (last.charCodeAt(0) - 0xac00) % 28;
  if (/\d/.test(last)) return DIGITS[Number(last)];
  if (STOPPED.test(word)) return 1;
  if (!/[a-z]/.test(last)) return null;
  return OPEN.test(word) ? 0 : LETTERS[MUTE_E.exec(word)?.[1] ?? last] ?? 0;
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

/** What names have in common that differ in case, blanks, invisible letters or composition alone. */
export const nameKey = (name) => name.normalize('NFKC').toLowerCase().replace(/[\p{Cf}\s]/gu, '');

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
