// The card that asks for more leaves of one plant, and says how many there are.

import { t } from './languages.js';
import { LEAST, MOST } from './plant.js';

const $ = (id) => document.getElementById(id);

/** @param plant Whose leaves are being photographed, or none. @param unsure Whether the page should ask for more leaves. */
export function drawPlant(plant, unsure) {
  const offers = !plant && unsure;
  $('plant').hidden = !plant && !offers;
  $('plant-start').hidden = !offers;
  for (const id of ['plant-stop', 'plant-bar', 'plant-count']) $(id).hidden = !plant;
  const next = plant && Math.min(plant.known + 1, MOST);
  const most = plant?.isEnough ? MOST : LEAST;
  $('camera').lastElementChild.textContent = plant ? t('plant-take', { number: next, all: most }) : t('take');
  $('plant-words').textContent = t(plant ? (plant.isEnough ? 'plant-more' : 'plant-next') : 'plant-ask');
  if (!plant) return;
  $('plant-count').textContent = t('plant-count', { count: plant.known, all: most });
  Object.assign($('plant-bar'), { max: most, value: plant.known });
}
