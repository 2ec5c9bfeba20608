/**
 * Arrow keys walk a grid of buttons, of which one at a time can be reached by Tab; the number of
 * columns is what the layout made of it.
 */
export function roving(grid: HTMLElement): void {
  grid.addEventListener('keydown', (event) => {
    const items = itemsOf(grid);
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (at === -1) return;
    const top = items[0]?.getBoundingClientRect().top ?? 0;
    const second = items.findIndex((item) => item.getBoundingClientRect().top > top + 1);
    const columns = second === -1 ? items.length : second;
    const targets: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - columns,
      ArrowDown: at + columns,
      Home: 0,
      End: items.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = items[target];
    if (!next) return;
    reach(grid, target);
    next.focus();
  });
}

/** Makes one of them the one that Tab reaches. */
export function reach(grid: HTMLElement, index: number): void {
  itemsOf(grid).forEach((item, i) => {
    item.tabIndex = i === index ? 0 : -1;
  });
}

function itemsOf(grid: HTMLElement): HTMLElement[] {
  return [...grid.querySelectorAll<HTMLElement>('button')];
}
