// Mark sheets by keyboard: Enter and the arrows go to the next entry in the same column.
const STEP = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };

document.addEventListener('keydown', event => {
  const field = event.target.closest('[data-marks] input');
  const step = STEP[event.key];
  if (!field || !step || event.isComposing || event.ctrlKey || event.metaKey) return;
  const cell = field.closest('td');
  const column = cell.cellIndex;
  let row = cell.parentElement;
  do {
    row = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  } while (row && !row.cells[column]?.querySelector('input'));
  event.preventDefault();
  const next = row?.cells[column].querySelector('input') ?? (step > 0 ? field.form.querySelector('button.main-act') : null);
  next?.focus();
  next?.select?.();
});
