// A line to write in. It is no <input>: of every page that has one, Chrome asks servers of its maker how to fill it in.

/** @param write Gets what was written when the person leaves the line, gives what then stands in it. */
export function writable(box, write) {
  Object.assign(box, { contentEditable: 'true', tabIndex: 0, spellcheck: false });
  box.setAttribute('role', 'textbox');
  box.setAttribute('enterkeyhint', 'done');
  box.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    box.blur();
  };
  box.onblur = () => { box.textContent = write(box.textContent); };
}

export const plain = (words, most) => [...words.normalize('NFC').replace(/[\p{C}\s]+/gu, ' ').trim()].slice(0, most).join('').trim();
