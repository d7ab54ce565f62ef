// A folder is chosen: by going through folders, or by typing its path.

import { ask, el, fill, inWords, leadFocus } from './parts.js';
import { t } from './languages.js';

export class Chooser {
  /**
   * @param target Where it lies.
   * @param words Keys of texts: `take`, of the button, and `path`, of the field.
   * @param file Names of files that may be chosen in place of a folder.
   * @param chosen Told of the path, and how to lead the focus on; may throw what is said then.
   */
  constructor(target, words, file, chosen) {
    this.words = words;
    this.file = file;
    this.chosen = chosen;
    this.here = null;
    this.turn = 0; // counts what was asked for: the last one counts, whichever is answered last
    this.opening = null; // a folder that a person asked for and that is not there yet: whether it could be read
    this.shown = ''; // in the field, unless a person typed something else since
    this.crumbs = el('nav', { className: 'crumbs' });
    this.path = el('input', { type: 'text', spellcheck: false, autocomplete: 'off' });
    this.label = el('span');
    this.go = el('button', { type: 'submit', className: 'second' });
    this.typed = el('form', { className: 'typed' }, el('label', { className: 'field' }, this.label, this.path), this.go);
    this.problem = el('p', { className: 'note problem', hidden: true });
    this.problem.setAttribute('role', 'alert');
    this.folders = el('ul', { className: 'rows folders' });
    this.more = el('p', { className: 'soft' });
    this.take = el('button', { type: 'button' });
    this.typed.onsubmit = (event) => {
      event.preventDefault();
      this.open(this.path.value);
    };
    this.take.onclick = async () => {
      const lead = leadFocus();
      if (await this.opening !== false) this.choose(this.path.value, lead);
    };
    target.className = 'chooser';
    target.append(this.typed, this.crumbs, this.problem, this.folders, this.more, el('p', { className: 'buttons' }, this.take));
  }

  /** Begin in a folder, or at home where that is none, unless a person went elsewhere; begun once, it is only written. */
  async begin(path) {
    if (this.turn) this.write();
    else if (!await this.read(path) && this.turn === 1) await this.read('~');
  }

  /**
   * Go to a folder that a person asks for; one that cannot be read is said, and the one before stays.
   * Who takes it before it is there takes it, not the one before.
   */
  async open(path) {
    this.shown = this.path.value;
    const opening = this.read(path);
    this.opening = opening;
    await opening;
    if (this.opening === opening) this.opening = null;
  }

  /** Read a folder, and tell whether that was possible; what a person typed or asked for meanwhile is left. */
  async read(path) {
    this.turn += 1;
    const { turn } = this;
    const lead = leadFocus();
    this.say('');
    try {
      const here = await ask('folder.json', { path });
      if (turn !== this.turn) return false;
      this.here = here;
      if (this.path.value === this.shown) {
        this.shown = here.path;
        this.path.value = here.path;
      }
    } catch (error) {
      if (turn !== this.turn) return false;
      if (error.code === 'no folder' && this.file.test(path.trim())) this.choose(path, lead);
      else this.say(inWords(error));
      this.write();
      return false;
    }
    this.write();
    return true;
  }

  async choose(path, lead) {
    this.say('');
    this.take.disabled = true;
    try {
      await this.chosen(path, lead);
    } catch (error) {
      this.say(inWords(error));
    }
    this.take.disabled = false;
  }

  say(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  write() {
    this.label.textContent = t(this.words.path);
    this.go.textContent = t('go');
    this.take.textContent = t(this.words.take);
    this.crumbs.setAttribute('aria-label', t('above'));
    const { here } = this;
    if (!here) return;
    fill(this.crumbs, here.above, () => here.above.flatMap((one, place) => {
      const button = el('button', { type: 'button', className: 'quiet', textContent: one.name });
      button.onclick = () => this.open(one.path);
      if (one.path === here.path) button.setAttribute('aria-current', 'true');
      return place > 1 ? [el('span', { textContent: '›' }), button] : [button];
    }));
    fill(this.folders, here.folders, () => here.folders.map((one) => {
      const button = el('button', { type: 'button', textContent: one.name });
      button.onclick = async () => {
        const lead = leadFocus();
        await this.open(one.path);
        lead(this.crumbs.lastElementChild);
      };
      return el('li', {}, button);
    }));
    this.folders.hidden = !here.folders.length;
    const left = here.left_out ? t('more-folders', { count: here.left_out }) : '';
    this.more.textContent = here.folders.length ? left : t('no-folders');
  }
}
