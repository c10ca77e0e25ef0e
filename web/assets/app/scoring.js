// Sheets of marks: live sums, steps of one point, Enter to the next mark, drafts kept while typing.
const PAUSE = 900;
const number = text => (/^\d{1,3}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : null);

/** Exact enough to show: whole hundredths, weights of a few digits. */
function weight(text) {
  const [over, under] = text.split('/');
  return Number(over) / Number(under ?? 1);
}

function sum(row) {
  const out = row.querySelector('[data-sum]');
  if (!out) return;
  const fields = [...row.querySelectorAll('[data-mark]')].filter(f => f.type !== 'radio');
  const names = new Set([...row.querySelectorAll('[data-mark][type=radio]')].map(f => f.name));
  const marks = fields.map(f => [f.value.trim(), f.dataset.weight]);
  for (const name of names) {
    const radio = row.querySelector(`[name="${CSS.escape(name)}"]`);
    const on = row.querySelector(`[name="${CSS.escape(name)}"]:checked`);
    marks.push([on ? on.value : '', radio.dataset.weight]);
  }
  let total = 0;
  for (const [text, weighed] of marks) {
    const mark = number(text);
    if (mark === null) return void (out.textContent = '—');
    total += mark * weight(weighed);
  }
  out.textContent = String(Math.round(total) / 100);
}

const rows = sheet => (sheet.matches('form') ? [sheet] : [...sheet.querySelectorAll('tbody tr')]);

function keep(sheet) {
  const form = sheet.matches('form') ? sheet : sheet.closest('form');
  const state = form.querySelector('[data-state]');
  const body = new FormData(form);
  body.delete('_act');
  return fetch(sheet.dataset.draft, { method: 'POST', body, headers: { Accept: 'application/json' }, redirect: 'error' })
    .then(answer => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then(() => { state.textContent = sheet.dataset.saved; delete form.dataset.dirty; })
    .catch(() => { state.textContent = sheet.dataset.unsaved; });
}

for (const sheet of document.querySelectorAll('[data-sheet]')) {
  const form = sheet.matches('form') ? sheet : sheet.closest('form');
  let timer = 0;
  for (const row of rows(sheet)) sum(row);
  form.addEventListener('input', event => {
    const row = sheet.matches('form') ? sheet : event.target.closest('tr');
    if (row) sum(row);
    form.dataset.dirty = 'yes';
    clearTimeout(timer);
    timer = setTimeout(() => { if (!form.dataset.sent) keep(sheet); }, PAUSE);
  });
  form.addEventListener('submit', () => clearTimeout(timer));
  // Leaving for the entry before or after keeps what is typed first.
  for (const go of form.querySelectorAll('a[data-go]')) {
    go.addEventListener('click', event => {
      if (!form.dataset.dirty) return;
      event.preventDefault();
      clearTimeout(timer);
      keep(sheet).finally(() => location.assign(go.href));
    });
  }
  for (const step of form.querySelectorAll('[data-step]')) {
    const field = document.getElementById(step.dataset.for);
    step.hidden = field.disabled;
    step.addEventListener('click', () => {
      const now = number(field.value.trim()) ?? 0;
      const most = Number(field.dataset.most) * 100;
      field.value = String(Math.min(most, Math.max(0, now + 100 * Number(step.dataset.step))) / 100);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }
}

// One entry: Enter goes to the next mark, after the last one it hands in.
document.addEventListener('keydown', event => {
  const field = event.target.closest('.one-entry input[data-mark]');
  if (!field || event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.metaKey) return;
  const fields = [...field.form.querySelectorAll('input.mark[data-mark]')];
  const next = fields[fields.indexOf(field) + 1];
  if (!next || field.type === 'radio') return;
  event.preventDefault();
  next.focus();
  next.select();
});
document.querySelector('.one-entry [aria-invalid=true], .one-entry input.mark[value=""]')?.focus();
