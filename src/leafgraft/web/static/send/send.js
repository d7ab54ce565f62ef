// The page beside the code: what phones open, what to tap, and how far each phone is. The service is asked again and again.

import { $, ask, command, el, fill, inWords, show } from './parts.js';
import { offerLanguages, percent, t, use } from './languages.js';

const LOOK_MS = 1000;
const PARTS = ['model', 'page', 'languages'];
let told = null;

const nameOf = (phone) => t('phone-at', { phone: t(`system-${phone.system}`), address: phone.address });

function part(phone, name) {
  const has = phone.parts[name];
  return el('li', { className: has ? 'has' : '' }, t(name), el('span', { className: 'heard', textContent: `: ${t(has ? 'there' : 'not-yet')}` }));
}

function line(phone) {
  const { state } = phone;
  const chip = el('span', { className: `state ${state}`, textContent: t(`state-${state}`) });
  const item = el('li', {}, el('div', { className: 'row' }, el('strong', { textContent: nameOf(phone) }), chip));
  if (state === 'loading') {
    const bar = el('progress', { value: phone.share });
    bar.setAttribute('aria-label', t('loaded', { share: percent(phone.share) }));
    item.append(bar);
  }
  if (state === 'loading' || state === 'ready') item.append(el('ul', { className: 'parts' }, ...PARTS.map((name) => part(phone, name))));
  item.append(el('p', { className: 'soft', textContent: t(`${state}-words`) }));
  return item;
}

function write() {
  const { phones } = told;
  const ready = phones.filter(({ state }) => state === 'ready').map(nameOf);
  fill($('address'), told.address, () => [command(told.address)]);
  fill($('fingerprint'), told.fingerprint, () => told.fingerprint.split(/(?<=:)/).flatMap((pair) => [pair, el('wbr')]));
  show('came', ready.length ? t('ready', { phones: ready.join(', ') }) : t(phones.length ? 'none-ready' : 'none'));
  fill($('phones'), phones, () => phones.map(line));
}

async function look() {
  try {
    told = await ask('state.json');
    show('problem', '');
    write();
  } catch (error) {
    show('problem', inWords(error));
  }
  setTimeout(look, LOOK_MS);
}

async function speak(language) {
  await use(language);
  document.title = `${t('title')} · leafgraft`;
  $('qr').alt = t('qr');
  for (const steps of document.querySelectorAll('.steps')) steps.hidden = steps.lang !== language;
  write();
}

async function start() {
  told = await ask('state.json');
  await offerLanguages($('languages'), told.languages, speak);
  document.querySelector('main').hidden = false;
  document.body.dataset.ready = 'true';
  setTimeout(look, LOOK_MS);
}

start().catch((error) => show('problem', error.code ? inWords(error) : error.message));
