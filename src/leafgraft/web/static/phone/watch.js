// Says so where a script of the page cannot be fetched: then no module of it runs. So this is none.
// Without its mark, style.css shows the same.

document.documentElement.dataset.watched = '';

addEventListener('error', ({ target }) => {
  if (target.localName !== 'script') return;
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', tellUnfetched);
  else tellUnfetched();
}, true);

function tellUnfetched() {
  for (const id of ['unopened', 'mend']) document.getElementById(id).hidden = false;
  document.querySelector('#mend button').onclick = () => location.reload();
}
