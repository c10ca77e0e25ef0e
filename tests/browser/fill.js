// Fills a form of ours the way a person would: by what stands beside a control, row by row,
// letting the page answer after each pass, until everything that was asked for is in.
// Returns the answers the page has no place for (fields that are hidden or only shown).
async given => {
  const form = () => document.querySelector('form.pform');
  const named = path => [...form().querySelectorAll(`[name="${CSS.escape(path)}"]`)]
    .filter(each => each.type !== 'hidden' && each.type !== 'file');
  const words = each => (each.labels?.[0]?.innerText ?? '').trim().split('：').at(-1);
  const fits = (value, text, wanted) =>
    value === wanted || text === wanted || text.startsWith(`${wanted}（`);

  const settled = act => new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error('the page did not answer')), 15000);
    document.addEventListener('htmx:after:swap', () => { clearTimeout(late); done(); }, { once: true });
    act();
  });
  const told = () => settled(() => form().dispatchEvent(new Event('change', { bubbles: true })));
  const press = value => settled(() =>
    form().querySelector(`button[value="${CSS.escape(value)}"]`).click());

  function set(control, wanted) {
    if (control.type === 'radio' || control.type === 'checkbox') {
      if (control.checked === wanted) return 0;
      control.checked = wanted;
      return 1;
    }
    let value = wanted;
    if (control.tagName === 'SELECT') {
      value = [...control.options].find(o => fits(o.value, o.text.trim(), wanted))?.value;
      if (value === undefined) throw new Error(`${control.name} does not offer ${wanted}`);
    }
    if (control.value === value) return 0;
    control.value = value;
    return 1;
  }

  function answer(path, value) {
    const controls = named(path);
    if (!controls.length) return 0;
    if (typeof value === 'boolean') return set(controls[0], value);
    const wanted = (Array.isArray(value) ? value : [value]).map(String);
    if (controls[0].type !== 'radio' && controls[0].type !== 'checkbox') return set(controls[0], wanted[0]);
    for (const each of wanted) {
      if (!controls.some(c => fits(c.value, words(c), each))) throw new Error(`${path} does not offer ${each}`);
    }
    return controls.reduce((n, c) => n + set(c, wanted.some(each => fits(c.value, words(c), each))), 0);
  }

  async function rows(path, wanted) {
    let changed = 0;
    const there = () => [...form().querySelectorAll('[data-row]')]
      .filter(row => row.dataset.row.replace(/-\d+$/, '') === path).length;
    const button = value => form().querySelector(`button[value="${CSS.escape(value)}"]`);
    while (there() < wanted.length && button(`add:${path}`)) { await press(`add:${path}`); changed += 1; }
    while (there() > wanted.length && button(`del:${path}-${there() - 1}`)) { await press(`del:${path}-${there() - 1}`); changed += 1; }
    return changed;
  }

  const isRows = value => Array.isArray(value) && value.some(item => typeof item === 'object');
  async function scope(prefix, values, missing) {
    let changed = 0;
    for (const [key, value] of Object.entries(values)) {
      const path = prefix ? `${prefix}-${key}` : key;
      if (isRows(value)) {
        changed += await rows(path, value);
        for (const [number, row] of value.entries()) changed += await scope(`${path}-${number}`, row, missing);
      } else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        changed += await scope(path, value, missing);
      } else {
        if (!named(path).length && !(Array.isArray(value) && !value.length)) missing.push(path);
        changed += answer(path, value);
      }
    }
    return changed;
  }

  for (let pass = 0; pass < 8; pass += 1) {
    const missing = [];
    if (!await scope('', given, missing)) return missing;
    await told();
  }
  throw new Error('the form keeps changing');
}
