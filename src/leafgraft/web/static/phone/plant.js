// Several leaves of one plant: where one photo leaves the page unsure, three to six of them are answered together.

import { pool, NOT_KNOWN, NOT_SURE } from './answer.js';
import * as kept from './kept.js';

export const LEAST = 3;
export const MOST = 6;
const STALE_MS = 3600000; // a plant that was begun longer ago is another one by now

export class Plant {
  constructor(page, leaves = []) {
    this.page = page;
    this.leaves = leaves; // answers, with their record where they are kept
    this.ended = false;
  }

  get group() { return this.leaves.find((one) => one.record?.group)?.record.group ?? ''; }

  /** Leaves that count. */
  get known() { return this.leaves.filter((one) => one.declined !== NOT_KNOWN).length; }

  get isEnough() { return this.known >= LEAST; }

  get room() { return MOST - this.leaves.length; }

  /** Whether another leaf is asked for. */
  get isOpen() { return this.room > 0 && (!this.isEnough || this.pooled.declined === NOT_SURE); }

  get pooled() { return pool(this.page, this.leaves); }

  /** Records of the leaves that count. */
  get records() { return this.leaves.filter((one) => one.declined !== NOT_KNOWN).map((one) => one.record).filter(Boolean); }

  /** Whether a leaf is of the same photo as one before, such as a copy: equal pixels have equal answers to the last digit. */
  has(leaf) {
    const isSame = (one) => this.page.classes.every((name) => one.probabilities[name] === leaf.probabilities[name]);
    return this.leaves.some((one) => one.distance === leaf.distance && isSame(one));
  }

  /** Add an answer. */
  async add(leaf) {
    this.leaves.push({ ...leaf, record: await this.join(leaf.record) });
  }

  /** Take the record of a leaf that was kept only after it was added. @returns the record */
  async adopt({ found, record }) {
    const leaf = this.leaves.find((one) => one.found === found);
    leaf.record = await this.join(record);
    return leaf.record;
  }

  /** The records of one plant bear one group, so that they never part. @returns the record */
  async join(record) {
    const group = this.group || record?.group || (record && `plant-${record.name}-${record.id}`);
    return record && (await kept.change(record.id, { group, ended: this.ended }));
  }

  /** No more leaves: a page that is opened again does not go on with it. */
  async end() {
    this.ended = true;
    const { record } = this.leaves.at(-1) ?? {};
    if (record) await kept.change(record.id, { ended: true });
  }
}

/** The plant that a page which was closed, or a phone that went to sleep, had begun. @returns {?Plant} */
export function unfinished(page, records) {
  const [last] = records;
  if (!last?.group || last.ended || last.bundle !== page.bundle || Date.now() - last.time > STALE_MS) return null;
  const leaves = records.filter((one) => one.group === last.group).reverse();
  const plant = new Plant(page, leaves.map((record) => ({ ...record, record })));
  return plant.isOpen ? plant : null;
}
