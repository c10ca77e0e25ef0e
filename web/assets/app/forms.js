// Comfort for the forms of a process. The server decides everything; without this file the same
// buttons and fields work by full pages.
const act = new WeakMap();
const formOf = element => element.closest?.('form.pform');

// Buttons that change the shape of a form (a row more, a file less) go through the same request
// as any other change, so nothing that was typed is lost and the page does not jump.
document.addEventListener('click', event => {
  const button = event.target.closest?.('form.pform button[data-form]');
  if (!button || !window.htmx) return;
  event.preventDefault();
  const form = formOf(button);
  act.set(form, button.value);
  form.dispatchEvent(new Event('act'));
});

document.addEventListener('htmx:config:request', event => {
  const { request, sourceElement } = event.detail.ctx;
  const form = request.form ?? sourceElement;
  if (act.has(form)) request.body.set('_act', act.get(form));
  else if (form?.matches?.('form.pform')) request.body.set('_act', 'refresh');
});

const CONTROLS = 'input:not([type=hidden]), select, textarea, button';

document.addEventListener('htmx:after:swap', event => {
  const form = document.getElementById(event.detail.ctx.sourceElement?.id);
  if (!form?.matches('form.pform')) return;
  for (const input of form.querySelectorAll('input[type=file]')) input.value = '';
  const done = act.get(form);
  act.delete(form);
  if (!done) return;
  const [verb, path] = done.split(':');
  const list = verb === 'del' ? path.replace(/-\d+$/, '') : path;
  const rows = [...form.querySelectorAll('[data-row]')]
    .filter(row => row.dataset.row.replace(/-\d+$/, '') === list);
  const add = [...form.querySelectorAll('button[data-form]')].find(b => b.value === `add:${list}`);
  if (verb === 'add') rows.at(-1)?.querySelector(CONTROLS)?.focus();
  else if (verb === 'del') (add ?? rows.at(-1)?.querySelector('button'))?.focus();
  else document.getElementById(`f-${list}`)?.focus();
});

// A search field asks for its suggestions sooner than other typing is saved.
document.addEventListener('input', event => {
  if (event.target.matches?.('form.pform [data-lookup]')) {
    formOf(event.target).dispatchEvent(new Event('lookup'));
  }
});

// A file that is too large is told at once, before it travels.
document.addEventListener('change', event => {
  const input = event.target;
  if (!input.matches?.('form.pform input[type=file]')) return;
  const most = Number(input.dataset.maxBytes);
  const tooLarge = [...input.files].some(file => most && file.size > most);
  const told = input.parentElement.querySelector('[data-too-large]');
  if (told) told.hidden = !tooLarge;
  if (!tooLarge) return;
  input.value = '';
  event.stopImmediatePropagation();
}, true);

for (const kind of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(kind, event => {
    const box = event.target.closest?.('form.pform .drop');
    if (!box) return;
    event.preventDefault();
    box.classList.toggle('over', kind === 'dragover');
    if (kind !== 'drop' || !event.dataTransfer?.files.length) return;
    const input = box.querySelector('input[type=file]');
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

// From the summary to the field: focus it, also where the label names a group of choices.
document.addEventListener('click', event => {
  const link = event.target.closest?.('form.pform a[data-jump]');
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  target.scrollIntoView({ block: 'center' });
  (target.matches(CONTROLS) ? target : target.querySelector(CONTROLS))?.focus();
});

document.getElementById('form-wrong')?.focus();

// Handing in is one full request; a second click does nothing while it is on its way.
document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('form.pform')) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  form.setAttribute('aria-busy', 'true');
});
