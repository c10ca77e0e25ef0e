// Voting with a slip. Every step works without this file; with it the steps leave no entries in
// the history, the requests have one length, and the count of marks is live.

import { keepCounting } from '../app/ballot_count.js';

const main = () => document.getElementById('main');

/** The code of a scanned slip comes behind "#", which a browser never sends. */
function takeScanned() {
  const scanned = decodeURIComponent(location.hash.slice(1));
  const field = document.getElementById('code');
  if (!scanned || scanned === 'main' || !field) return;
  history.replaceState(null, '', location.pathname + location.search);
  field.value = scanned;
  field.form.querySelector('button').focus();
}

/** Fill the body up, so that its length tells nothing of the names written in. */
function body(form, button) {
  const data = new URLSearchParams(new FormData(form));
  data.set('step', button.value);
  if (form.dataset.size) {
    data.set('pad', '');
    data.set('pad', '0'.repeat(Math.max(0, Number(form.dataset.size) - data.toString().length)));
  }
  return data;
}

async function send(form, button) {
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  try {
    const answer = await fetch(form.action, {
      method: 'POST', body: body(form, button), credentials: 'omit', cache: 'no-store',
    });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    document.title = page.title;
    main().replaceWith(page.getElementById('main'));
    document.querySelector('.top').replaceWith(page.querySelector('.top'));
    prepare();
    window.scrollTo(0, 0);
    (document.querySelector('[role=alert]') ?? document.querySelector('h1'))?.focus();
  } catch {
    form.ariaBusy = 'false';
    const step = Object.assign(document.createElement('input'), { type: 'hidden', name: 'step' });
    step.value = button.value;
    form.append(step); // submit() leaves the button out
    form.submit();
  }
}

/** Look a receipt up among those on the page; it is not sent anywhere. */
function lookUp(form) {
  const typed = form.querySelector('input').value.toUpperCase().replace(/[^A-Z2-7]/g, '');
  let there = false;
  for (const one of document.querySelectorAll('#receipts li')) {
    const same = typed !== '' && one.textContent.replace(/[^A-Z2-7]/g, '') === typed;
    one.className = same ? 'mine' : '';
    if (same) one.scrollIntoView({ block: 'center' });
    there = there || same;
  }
  document.querySelector('[data-there]').hidden = !there;
  document.querySelector('[data-not-there]').hidden = there || typed === '';
}

function prepare() {
  keepCounting();
  for (const button of document.querySelectorAll('[data-print]')) button.hidden = false;
}

document.addEventListener('submit', event => {
  if (event.target.matches('[data-receipts]')) {
    event.preventDefault();
    return lookUp(event.target);
  }
  const button = event.submitter ?? event.target.querySelector('button[name=step]');
  if (!button?.name) return;
  event.preventDefault();
  send(event.target, button);
});
document.addEventListener('click', event => {
  if (event.target.closest('[data-print]')) window.print();
  const finding = event.target.closest('[data-receipts] button');
  if (finding) lookUp(finding.form);
  const leave = event.target.closest('[data-leave]');
  if (!leave) return;
  event.preventDefault();
  location.replace(leave.href); // the receipt is no longer behind the back button
});
window.addEventListener('hashchange', takeScanned);
window.addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
prepare();
takeScanned();
