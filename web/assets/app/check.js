// Checking entries by keyboard: see the hint on the page. Works without this file.
const form = () => document.querySelector('form[data-check]');

document.querySelector('[data-keys-hint]')?.removeAttribute('hidden');

document.addEventListener('keydown', event => {
  const here = form();
  if (!here || event.isComposing || event.altKey || event.defaultPrevented) return;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    here.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.target.closest('textarea, select, input:not([type=radio], [type=checkbox])')) return;
  const key = event.key.toLowerCase();
  const radio = here.querySelector(`input[data-key="${CSS.escape(key)}"]:enabled`);
  const rest = here.querySelector('input[name="all"]:enabled');
  const turn = { arrowleft: 'prev', arrowright: 'next' }[key];
  if (radio) radio.checked = true;
  else if (key === 'a' && rest) rest.checked = !rest.checked;
  else if (key === 'r') here.querySelector('textarea')?.focus();
  else if (turn && event.target.type !== 'radio') document.querySelector(`main a[rel="${turn}"], .row-acts a[rel="${turn}"]`)?.click();
  else return;
  event.preventDefault();
});
