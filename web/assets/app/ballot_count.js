// The live count of a ballot paper: how many marks are left, and a loud word when too many.
export function count(form) {
  const names = [...form.querySelectorAll('.vote-other .field')].filter(one => one.value.trim());
  let over = false;
  for (const left of form.querySelectorAll('.vote-left')) {
    const { value, most } = left.dataset;
    const marked = form.querySelectorAll(`input[type=radio][value="${value}"]:checked`).length;
    const given = marked + ('names' in left.dataset ? names.length : 0);
    const rest = Number(most) - given;
    const state = rest > 0 ? 'some' : rest < 0 ? 'over' : 'full';
    const text = left.dataset[state].replace('#', given).replace('*', Math.abs(rest));
    if (left.textContent !== text) left.textContent = text;
    left.className = `vote-left ${state}`;
    over = over || rest < 0;
  }
  form.classList.toggle('over', over);
}

/** Count the papers that are on the page, and again whenever something is marked. */
export function keepCounting() {
  for (const form of document.querySelectorAll('[data-vote]')) count(form);
}
document.addEventListener('input', event => {
  const form = event.target.closest('[data-vote]');
  if (form) count(form);
});
